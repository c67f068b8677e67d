import { decodeUtf8Strict } from '../../util/bytes.js';
import type { ServerRequest } from '../object/message.js';

/** The subprotocol that carries a token. Pages cannot set the Authorization header of a WebSocket. */
const prefix = 'base64url.bearer.authorization.k8s.io.';

/**
 * Returns the headers with the bearer token that a WebSocket request carries in its subprotocols, if it has no other credentials. Undefined
 * for a token that is malformed, comes twice, or comes without another subprotocol to choose.
 */
export function withTokenOfWebSocket(headers: ServerRequest['headers']): ServerRequest['headers'] | undefined {
  const { upgrade, authorization, 'sec-websocket-protocol': offered } = headers;
  if (typeof offered !== 'string' || authorization !== undefined || !offered.includes(prefix)) return headers;
  if (typeof upgrade !== 'string' || upgrade.toLowerCase() !== 'websocket') return headers;
  const names = offered.split(',').map((name) => name.trim());
  const [token, ...more] = names.filter((name) => name.startsWith(prefix));
  if (token === undefined) return headers;
  const others = names.filter((name) => !name.startsWith(prefix));
  const encoded = token.slice(prefix.length);
  if (encoded === '') return headers;
  if (more.length > 0 || others.length === 0 || !/^[A-Za-z0-9_-]+$/.test(encoded)) return undefined;
  try {
    return { ...headers, authorization: `Bearer ${decodeUtf8Strict(Buffer.from(encoded, 'base64url'))}` };
  } catch {
    return undefined;
  }
}
