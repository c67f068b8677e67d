import type { Duplex } from 'node:stream';
import { methodNotAllowed } from './object/status-error.js';

/** Ends a connection on which nothing came that could be read as a request. */
export function refuseUnread(error: NodeJS.ErrnoException, socket: Pick<Duplex, 'writable' | 'end' | 'destroy'>): void {
  // Nothing was asked within the time there is for it. Whoever keeps a spare connection open, as Go's clients do, takes an answer
  // that comes unasked for a fault; kube-apiserver too just hangs up.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || !socket.writable) socket.destroy();
  // A method that Node's parser has never heard of is one that no resource has.
  else if (error.code === 'HPE_INVALID_METHOD') socket.end(unknownMethod);
  else socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
}

/** The answer to a method there is none of, whole. */
const unknownMethod = (() => {
  const body = `${JSON.stringify(methodNotAllowed().status)}\n`;
  const head = [
    'HTTP/1.1 405 Method Not Allowed',
    'content-type: application/json',
    'cache-control: no-cache, private',
  ];
  return [...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
})();
