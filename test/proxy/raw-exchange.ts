import { connect, type NetConnectOpts } from 'node:net';

/** A response in the form of the recordings: without headers that differ from run to run. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** The beginning of a body that was too long to record. */
  readonly bodyStart?: string;
  readonly long?: boolean;
  /** True if output of a command came through the upgraded connection. */
  readonly sawOutput?: boolean;
}

/** A request in the form of the recordings. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

const varying = new Set([
  ...['date', 'audit-id', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'],
  ...['sec-websocket-accept', 'content-length', 'last-modified', 'process-start-time-unix'],
]);

/** Sends a request as its bytes stand, and returns the response once it is whole. For an upgrade, that is its head. */
export function exchange(to: NetConnectOpts, request: RecordedRequest): Promise<RecordedResponse> {
  const { method, path, host, headers = {}, body = '' } = request;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  const text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}${length}\r\n${body}`;
  return new Promise((resolve, reject) => {
    const socket = connect(to, () => socket.write(text));
    let received = '';
    const done = () => {
      socket.destroy();
      const response = parsed(received, method);
      if (response === undefined) reject(new Error(`not a response: ${JSON.stringify(received)}`));
      else resolve(response);
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (isWhole(received, method)) done();
    });
    socket.on('end', done);
    socket.on('error', reject);
  });
}

function isWhole(text: string, method: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end);
  if (method === 'HEAD' || /^HTTP\/1\.1 (?:101|204|304)/.test(head)) return true;
  if (/transfer-encoding: chunked/i.test(head)) return text.endsWith('0\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

function parsed(text: string, method: string): RecordedResponse | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const all = lines.map((one): [string, string] => {
    const at = one.indexOf(':');
    return [one.slice(0, at).toLowerCase(), one.slice(at + 1).trim()];
  });
  const headers = all.filter(([name]) => !varying.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const status = Number(line.split(' ')[1]);
  if (status === 101) return { status, headers };
  const isChunked = all.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
  const bytes = method === 'HEAD' ? '' : isChunked ? unchunked(text.slice(end + 4)) : text.slice(end + 4);
  const body = Buffer.from(bytes, 'latin1').toString();
  return { status, headers, ...(body.length > 1500 ? { bodyStart: body.slice(0, 60), long: true } : { body }) };
}

function unchunked(text: string): string {
  let out = '';
  let rest = text;
  for (;;) {
    const at = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.slice(0, at), 16);
    if (at < 0 || !(length > 0)) return out;
    out += rest.slice(at + 2, at + 2 + length);
    rest = rest.slice(at + 4 + length);
  }
}
