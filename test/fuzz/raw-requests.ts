import { Buffer } from 'node:buffer';
import type { Choice } from './choice.js';

const upgrade = (path: string, protocol: string, extra = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${extra}\r\n`;

const webSocket = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Bytes that are not one whole, valid request. */
const rawRequests: readonly string[] = [
  'GET /livez',
  'GET /livez HTTP/1.1\r\n\r\n',
  'GET /livez HTTP/1.0\r\n\r\n',
  'GET /livez HTTP/9.9\r\nHost: a\r\n\r\n',
  'GET /api/v1/pods HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ',
  'NOPE /api HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'GET http://127.0.0.1/livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'GET * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
  '\u0080\u0003\u0000\u0001\u0000\u0000\u0000\u0000',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"a":',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n{}',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: nonsense\r\nContent-Length: 2\r\n\r\n{}',
  `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X-Many: y\r\n'.repeat(3000)}\r\n`,
  `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ${'y'.repeat(100_000)}\r\n\r\n`,
  `GET /${'a/'.repeat(30_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(200),
  'GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  upgrade('/api/v1/namespaces/fuzz/pods/plain/exec?command=x', 'SPDY/3.1'),
  upgrade('/api/v1/namespaces/fuzz/pods/plain/exec?command=x&stdout=1', 'websocket', webSocket),
  upgrade('/api/v1/namespaces/fuzz/pods/plain/attach', 'websocket', webSocket),
  upgrade('/api/v1/namespaces/fuzz/pods/plain/portforward?ports=80', 'websocket', webSocket),
  upgrade('/api/v1/pods?watch=1', 'websocket', webSocket),
  upgrade('/api/v1/namespaces/fuzz/pods', 'h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
  upgrade('/nope', 'websocket', webSocket),
];

/** Returns bytes for a plain socket: one of the list, sometimes damaged. */
export function rawRequest(choice: Choice): Buffer {
  const bytes = Buffer.from(choice.of(rawRequests), 'latin1');
  if (choice.chance(0.3)) bytes[choice.below(bytes.length)] = choice.below(256);
  return choice.chance(0.2) ? bytes.subarray(0, choice.below(bytes.length)) : bytes;
}
