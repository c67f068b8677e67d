import { negotiate, parseAccept } from '../http/negotiate.js';
import { noCache } from '../http/respond.js';
import { type FieldError, forbiddenField, invalid, invalidValue, notSupported } from '../object/field-error.js';
import type { Media, ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import { badRequest, failure, internal } from '../object/status-error.js';
import { codeProblem } from '../outbound/call-problem.js';
import { hostOf } from './backend.js';
import { UnreachableBackendError } from './backend-connection.js';
import { sendToBackend } from './backend-request.js';
import { type LogOptions, logOptions } from './connect-options.js';
import { escapePath } from './go-path.js';
import { isWebSocket } from './header-lines.js';
import { kubeletBackend } from './kubelet-backend.js';
import { limitedText } from './limited-text.js';
import { meantContainer, nodeOf } from './pod-container.js';
import { existingObject } from './stored-objects.js';

/** Answers GET of `pods/{name}/log` with the text that the kubelet sends. Throws the Status of a log that cannot be read. */
export async function podLog(request: ResourceRequest): Promise<ServerResponse> {
  const { server, http } = request;
  const name = nameOf(request);
  const options = logOptions(request.query);
  const split = server.features.enabled('PodLogsQuerySplitStreams');
  const errors = optionErrors(options, split);
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
  const pod = await existingObject(request, 'pods', name);
  const container = meantContainer(pod, options.container);
  const node = nodeOf(pod);
  if (node === '') return { status: 204, headers: { ...noCache }, body: new Uint8Array() };
  const path = ['containerLogs', request.path.namespace ?? '', name, container];
  const query = kubeletQuery(options, split);
  const backend = await kubeletBackend(request, node, path, query, options.insecureSkipTLSVerifyBackend);
  const target = `${escapePath(backend.path)}${backend.query === '' ? '' : `?${backend.query}`}`;
  const signal = http.signal ?? server.closing;
  const sent = { method: 'GET', path: target, headers: { Host: [hostOf(backend)] }, signal };
  const { message } = await sendToBackend(server, backend, sent).catch((error: unknown) => {
    if (!(error instanceof UnreachableBackendError)) throw error;
    throw internal(`Get "https://${hostOf(backend)}${target}": ${error.message}`);
  });
  const status = message.statusCode ?? 0;
  if (status >= 300 && status < 400 && message.headers.location !== undefined) {
    message.destroy();
    throw internal(`Get ${JSON.stringify(message.headers.location)}: redirects forbidden`);
  }
  if (status < 200 || status > 206) throw refusedLog(status, await limitedText(message), name);
  const headers = { ...noCache, 'content-type': 'text/plain' };
  if (!isWebSocket(http)) return { status: 200, headers, body: message, isPassedOn: true };
  const { webSocketOfStream } = await import('./stream-socket.js');
  return webSocketOfStream(http, message);
}

/** Returns the form of errors. Throws the 406 Status for what a log is not served as. */
export function negotiateLog(accept: string): Media {
  try {
    return negotiate(accept);
  } catch {
    const types = parseAccept(accept).map(({ type }) => type);
    const served = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
    if (types.some((type) => type === '*/*' || type === 'text/plain' || served.includes(type)))
      throw failure(406, 'NotAcceptable', `only the following media types are accepted: ${served.join(', ')}`);
    const available = ['text/plain', ...served].join(', ');
    throw failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${available}`, {});
  }
}

const streams = ['All', 'Stderr', 'Stdout'];

function optionErrors(options: LogOptions, split: boolean): FieldError[] {
  const { tailLines, limitBytes, sinceSeconds, sinceTime, stream } = options;
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0n)
    errors.push(invalidValue('tailLines', Number(tailLines), 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1n)
    errors.push(invalidValue('limitBytes', Number(limitBytes), 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1n)
    errors.push(invalidValue('sinceSeconds', Number(sinceSeconds), 'must be greater than 0'));
  if (stream === undefined) return errors;
  if (!split) return [...errors, forbiddenField('stream', 'may not be specified')];
  if (!streams.includes(stream)) errors.push(notSupported('stream', stream, streams));
  if (stream !== 'All' && tailLines !== undefined)
    errors.push(forbiddenField('[]', '`tailLines` and specific `stream` are mutually exclusive for now'));
  return errors;
}

function kubeletQuery(options: LogOptions, split: boolean): [string, string][] {
  const { follow, previous, timestamps, sinceSeconds, sinceTime, tailLines, limitBytes, stream } = options;
  const values = {
    follow: follow || undefined,
    previous: previous || undefined,
    timestamps: timestamps || undefined,
    sinceSeconds,
    sinceTime,
    tailLines,
    limitBytes,
    stream: split ? (stream ?? 'All') : undefined,
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
}

/** Turns the refusal of a kubelet into a Status, as kube-apiserver does. */
function refusedLog(status: number, text: string, name: string): Error {
  if (status === 400) return badRequest(text);
  if (status === 500) {
    const message = `Internal error occurred: ${text}`;
    return failure(500, 'InternalError', message, { causes: [{ message: text }] });
  }
  const reason = reasons[status] ?? (status >= 500 ? 'InternalError' : '');
  return failure(status, reason, `${codeProblem(status, text)} ( pods/log ${name})`, { name, kind: 'pods/log' });
}

const reasons: { readonly [status: number]: string } = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
