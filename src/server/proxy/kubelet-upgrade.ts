import type { Duplex } from 'node:stream';
import { fieldsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../object/server-context.js';
import { type Backend, hostOf } from './backend.js';
import { UnreachableBackendError } from './backend-connection.js';
import { sendToBackend } from './backend-request.js';
import { escapePath } from './go-path.js';
import { limitedText } from './limited-text.js';

/** A connection to a kubelet that speaks SPDY/3.1 from now on. */
export interface SpdySocket {
  readonly socket: Duplex;
  readonly head: Buffer;
  /** The chosen protocol of the streams, such as `v4.channel.k8s.io`. */
  readonly protocol: string;
}

/** Upgrades a connection to a kubelet to SPDY/3.1. Rejects with an `Error` in the words of client-go. */
export async function openSpdy(
  server: ServerContext,
  backend: Backend,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<SpdySocket> {
  const path = `${escapePath(backend.path)}${backend.query === '' ? '' : `?${backend.query}`}`;
  const headers = {
    Host: [hostOf(backend)],
    Connection: ['Upgrade'],
    'Content-Length': ['0'],
    Upgrade: ['SPDY/3.1'],
    'X-Stream-Protocol-Version': protocols,
  };
  const { message, upgraded } = await sendToBackend(server, backend, { method: 'POST', path, headers, signal }).catch(
    (error: unknown) => {
      if (!(error instanceof UnreachableBackendError)) throw error;
      throw new Error(`error sending request: Post "https://${hostOf(backend)}${path}": ${error.message}`);
    },
  );
  const isSpdy = message.headers.upgrade?.toLowerCase().includes('spdy/3.1') === true;
  if (upgraded === undefined || !isSpdy) {
    upgraded?.socket.destroy();
    throw new Error(`unable to upgrade connection: ${refusalText(await limitedText(message))}`);
  }
  const chosen = message.headers['x-stream-protocol-version'];
  return { ...upgraded, protocol: typeof chosen === 'string' ? chosen : '' };
}

/** Returns the message of a Status, or the text itself. */
function refusalText(text: string): string {
  let fields: JsonObject = {};
  try {
    fields = fieldsOf(JSON.parse(text));
  } catch {
    // Most kubelets answer in plain text.
  }
  return textOf(fields.message).trim() || textOf(fields.error).trim() || text.trim() || 'empty server response';
}
