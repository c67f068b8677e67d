import type { IncomingMessage } from 'node:http';
import { hopByHop, namedByConnection } from '../../util/hop-by-hop.js';
import { textResponse } from '../http/respond.js';
import { header, maxBodyBytes, type ServerRequest, type ServerResponse } from '../object/message.js';
import { failure } from '../object/status-error.js';
import { unsecuredUser } from '../object/user.js';
import type { RemoteApi } from './remote-api.js';
import type { RemoteConnections, UpgradeResponse } from './remote-connections.js';

/** Headers that say who asks. The other server gets the user in headers of their own. */
const identity = /^(authorization|host|content-length|impersonate-.*|x-remote-.*)$/;

const nosniff = { 'x-content-type-options': 'nosniff' };

/** Passes a request on, and the response back as it comes: a watch reaches its client event by event. */
export async function proxyRequest(
  connections: RemoteConnections,
  remote: RemoteApi,
  request: ServerRequest,
): Promise<ServerResponse> {
  if (!remote.isAvailable) return textResponse(503, 'service unavailable\n', nosniff);
  const { method, path, body, signal } = request;
  if (body !== undefined && body.length > maxBodyBytes)
    throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
  try {
    await connections.resolve(remote.service);
  } catch {
    return textResponse(503, 'service unavailable\n', nosniff);
  }
  try {
    const user = request.user ?? unsecuredUser;
    const headers = {
      ...passedHeaders(request),
      ...(body === undefined ? {} : { 'content-length': `${body.length}` }),
    };
    const protocol = header(request, 'upgrade');
    if (protocol !== '' && request.mayUpgrade === true) {
      const upgrade = { ...headers, connection: 'Upgrade', upgrade: protocol };
      return upgradeResponse(await connections.upgrade(remote, { method, path, headers: upgrade, user, signal }));
    }
    return passedResponse(await connections.send(remote, { method, path, headers, body, user, signal }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return textResponse(503, `error trying to reach service: ${why}\n`, nosniff);
  }
}

/** Joins the connections once the other server has agreed to the upgrade. A refusal reaches the client as it is. */
async function upgradeResponse({ message, upgraded }: UpgradeResponse): Promise<ServerResponse> {
  if (upgraded === undefined) return passedResponse(message);
  const [{ headOf }, { joinConnections }] = await Promise.all([
    import('../proxy/upgrade-proxy.js'),
    import('../proxy/joined-connections.js'),
  ]);
  return {
    status: 101,
    headers: {},
    body: new Uint8Array(),
    isPassedOn: true,
    takeOver: async ({ socket, head, signal }) => {
      socket.write(Buffer.concat([headOf(message), upgraded.head]));
      upgraded.socket.write(head);
      await joinConnections(socket, upgraded.socket, signal);
    },
  };
}

function passedHeaders(request: ServerRequest): { [name: string]: string | string[] } {
  const dropped = new Set([...hopByHop, ...namedByConnection(header(request, 'connection'))]);
  const headers: { [name: string]: string | string[] } = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !dropped.has(name) && !identity.test(name))
      headers[name] = typeof value === 'string' ? value : [...value];
  }
  const { remoteAddress } = request;
  if (remoteAddress !== undefined) {
    const before = header(request, 'x-forwarded-for');
    headers['x-forwarded-for'] = before === '' ? remoteAddress : `${before}, ${remoteAddress}`;
  }
  return headers;
}

function passedResponse(response: IncomingMessage): ServerResponse {
  const headers: { [name: string]: string | string[] } = {};
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    if (!hopByHop.has(name) && name !== 'content-length') headers[name] = values.length === 1 ? values.join() : values;
  }
  const length = response.headers['content-length'];
  const size = length === undefined ? {} : { length: Number(length) };
  return { status: response.statusCode ?? 502, headers, body: response, ...size, isPassedOn: true };
}
