import { Buffer } from 'node:buffer';
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import type { CertificatePair } from './certificate.js';
import type { CertificateRequest } from './certificate-request.js';
import { bitString, boolean, integer, nothing, objectId, octetString, pem, sequence, tagged, time } from './der.js';
import { derElements, extensionValue, insideOf } from './read-der.js';

/** The key usages of X.509 by their names in Kubernetes, with their bits. */
const keyUsageBits: Readonly<Record<string, number>> = {
  signing: 0,
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
  'encipher only': 7,
  'decipher only': 8,
};

/** The extended key usages by their names in Kubernetes, in the order in which certificates list them. */
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/** The content of a certificate beside what the request says. */
export interface SigningPolicy {
  /** Names of usages as CertificateSigningRequests have them. */
  readonly usages: readonly string[];
  /** Milliseconds since 1970. `notAfter` is cut at the end of the signer's own certificate. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Random bytes. */
  readonly serial: Uint8Array;
}

/** Returns a certificate in PEM for a request, signed by `issuer`. Throws an `Error` for a request that cannot be signed, saying why. */
export function signRequest(request: CertificateRequest, policy: SigningPolicy, issuer: CertificatePair): string {
  if (!request.isSigned()) throw new Error('the signature of the request is not by the key that it holds');
  const certificate = new X509Certificate(issuer.certificate);
  const notAfter = Math.min(policy.notAfter, Date.parse(certificate.validTo));
  const { subject, extensions: issuerExtensions } = partsOf(certificate);
  const key = createPrivateKey(issuer.privateKey);
  const { algorithm, digest } = signatureOf(key);
  const body = sequence(
    tagged(0, integer(Buffer.of(2)), true), // version 3
    integer(policy.serial),
    algorithm,
    subject,
    sequence(timeOf(policy.notBefore), timeOf(notAfter)),
    request.subject,
    request.publicKey,
    tagged(3, extensions(request, policy.usages, extensionValue(issuerExtensions, '2.5.29.14')), true),
  );
  return pem('CERTIFICATE', sequence(body, algorithm, bitString(sign(digest, body, key))));
}

function timeOf(ms: number): Buffer {
  return time(new Date(ms).toISOString());
}

/** The subject of a certificate, and the list of its extensions, in DER. */
function partsOf({ raw }: X509Certificate): { subject: Buffer; extensions: Buffer | undefined } {
  const [body] = insideOf(raw);
  const parts = body === undefined ? [] : derElements(body.content);
  // Version, serial number, algorithm, issuer, validity, subject, public key, and what is optional.
  const subject = parts[5]?.whole;
  if (subject === undefined) throw new Error('the certificate of the signer cannot be read');
  return { subject, extensions: parts.find(({ tag }) => tag === 0xa3)?.content };
}

/** The signature of the strength of the key, as Go's library chooses it. */
function signatureOf(key: KeyObject): { algorithm: Buffer; digest: string | null } {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: sequence(objectId('1.2.840.113549.1.1.11'), nothing()), digest: 'sha256' };
    case 'ed25519':
      return { algorithm: sequence(objectId('1.3.101.112')), digest: null };
    default: {
      const bits = { secp384r1: 384, secp521r1: 512 }[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 256;
      const last = { 256: 2, 384: 3, 512: 4 }[bits] ?? 2;
      return { algorithm: sequence(objectId(`1.2.840.10045.4.3.${last}`)), digest: `sha${bits}` };
    }
  }
}

function extensions(request: CertificateRequest, usages: readonly string[], issuerKeyId: Buffer | undefined): Buffer {
  const unknown = usages.filter((usage) => !(usage in keyUsageBits) && !(usage in extendedUsages));
  if (unknown.length > 0)
    throw new Error(`unrecognized usage values: [${unknown.map((one) => JSON.stringify(one)).join(' ')}]`);
  const bits = usages.flatMap((usage) => keyUsageBits[usage] ?? []);
  const extended = Object.entries(extendedUsages).flatMap(([usage, id]) => (usages.includes(usage) ? [id] : []));
  const [keyId] = issuerKeyId === undefined ? [] : derElements(issuerKeyId);
  return sequence(
    ...(bits.length === 0 ? [] : [extension('2.5.29.15', namedBits(bits), true)]),
    ...(extended.length === 0 ? [] : [extension('2.5.29.37', sequence(...[...new Set(extended)].map(objectId)))]),
    extension('2.5.29.19', sequence(), true), // basic constraints: no authority
    ...(keyId === undefined ? [] : [extension('2.5.29.35', sequence(tagged(0, keyId.content, false)))]),
    ...(request.alternativeNames === undefined ? [] : [extension('2.5.29.17', request.alternativeNames)]),
  );
}

function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** A bit string whose trailing zeros are left out (X.690, 11.2.2). */
function namedBits(bits: readonly number[]): Buffer {
  const last = Math.max(...bits);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bitString(bytes, 7 - (last & 7));
}
