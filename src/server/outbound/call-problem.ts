import { isObject } from '../../util/json-value.js';

/** Why a call did not come to an answer, in the words of Go's net and crypto/tls, as far as Node tells the cases apart. */
export function callProblem(error: unknown, host: string, port: unknown): string {
  const { code = '', message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const tls = 'tls: failed to verify certificate: x509:';
  const to = `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${to}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host}: Temporary failure in name resolution`;
    case 'EHOSTUNREACH':
      return `dial tcp ${to}: connect: no route to host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${tls} certificate is not valid for ${host}`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `${tls} certificate has expired or is not yet valid`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `${tls} certificate signed by unknown authority`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'EPROTO':
      return 'tls: first record does not look like a TLS handshake';
    default:
      return message;
  }
}

const longestQuote = 2_048;

/** Returns the message of an answer other than 2xx: that of its Status, or client-go's text for its code. */
export function answerProblem(code: number, text: string): string {
  return statusMessage(text) ?? codeProblem(code, text);
}

/** Returns what client-go makes of a status code, whatever the body. */
export function codeProblem(code: number, text: string): string {
  switch (code) {
    case 400:
      return 'the server rejected our request for an unknown reason';
    case 401:
      return 'the server has asked for the client to provide credentials';
    case 403:
      return text.trim().slice(0, longestQuote) || 'forbidden';
    case 404:
      return 'the server could not find the requested resource';
    case 405:
      return 'the server does not allow this method on the requested resource';
    case 406:
      return 'the server was unable to respond with a content type that the client supports';
    case 409:
      return 'the server reported a conflict';
    case 415:
      return 'the server was not able to process the content type of the request';
    case 422:
      return 'the server rejected our request due to an error in our request';
    case 429:
      return 'the server has received too many requests and has asked us to try again later';
    case 503:
      return 'the server is currently unable to handle the request';
    case 504:
      return 'the server was unable to return a response in the time allotted, but may still be processing the request';
  }
  if (code < 500) return `the server responded with the status code ${code} but did not return more information`;
  const said = JSON.stringify(text.trim().slice(0, longestQuote) || 'unknown');
  return `an error on the server (${said}) has prevented the request from succeeding`;
}

function statusMessage(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) && body.kind === 'Status' && typeof body.message === 'string' && body.message !== ''
      ? body.message
      : undefined;
  } catch {
    return undefined;
  }
}
