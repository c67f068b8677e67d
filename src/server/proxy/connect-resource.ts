import { json, negotiate } from '../http/negotiate.js';
import { splitPath } from '../http/request-info.js';
import { header, type Media, type ServerRequest, type ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import { badRequest, forbidden, methodNotAllowed } from '../object/status-error.js';
import { admittedPath, admittedStream } from './admitted-connection.js';
import { byteString, joinPath } from './go-path.js';
import { isUpgrade } from './header-lines.js';
import { proxyHttp } from './http-proxy.js';
import { negotiateLog, podLog } from './log.js';
import { podCommand, podPortForward } from './pod-connections.js';
import { proxiedBackend } from './proxied-backend.js';
import { proxyUpgrade } from './upgrade-proxy.js';

const proxyMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** Answers a request to a subresource that leads to a node, a pod or a service. Throws the Status that refuses it. */
export async function connectResource(request: ResourceRequest): Promise<ServerResponse> {
  const { http, path, query } = request;
  const methods = path.subresource === 'proxy' ? proxyMethods : path.subresource === 'log' ? ['GET'] : ['GET', 'POST'];
  if (!methods.includes(http.method)) throw methodNotAllowed();
  if (path.subresource === 'log') return podLog(request);
  if (query.has('dryRun')) throw badRequest('dryRun is not supported');
  if (path.subresource === 'proxy') return proxied(request);
  const admitted = await admittedStream(request);
  if (http.method === 'GET') await checkMayCreate(request);
  return path.subresource === 'portforward' ? podPortForward(admitted) : podCommand(admitted);
}

/** Returns the form of errors. Throws the 406 Status for a log in a form that there is not; other responses have no form to choose. */
export function connectMedia(http: ServerRequest, subresource: string): Media {
  const accept = header(http, 'accept');
  if (subresource === 'log') return negotiateLog(accept);
  try {
    return negotiate(accept);
  } catch {
    return json;
  }
}

/** A GET that upgrades starts something in the pod: the user needs the permission to create too. */
async function checkMayCreate(request: ResourceRequest): Promise<void> {
  const { server, resource, path, user, http } = request;
  if (!server.features.enabled('AuthorizePodWebsocketUpgradeCreatePermission')) return;
  const name = nameOf(request);
  const { allowed, reason = '' } = await server.authorizer.authorize({
    user,
    verb: 'create',
    path: http.path.split('?', 1)[0] ?? '',
    resource: {
      group: resource.group,
      version: resource.version,
      resource: resource.plural,
      subresource: path.subresource ?? '',
      namespace: path.namespace ?? '',
      name,
    },
  });
  if (!allowed) throw forbidden(resource, name, reason);
}

async function proxied(request: ResourceRequest): Promise<ServerResponse> {
  const { server, http } = request;
  const path = await admittedPath(request, pathBehindProxy(request));
  const place = await proxiedBackend(request);
  const backend = { ...place, path: cleanedPath(path), query: '' };
  return isUpgrade(http) ? proxyUpgrade(server, http, backend) : proxyHttp(server, http, backend);
}

/** Returns the path of the backend: what follows the name and the word `proxy`, in whichever order. */
function pathBehindProxy({ http, path }: ResourceRequest): string {
  const sent = http.path.split('?', 1)[0] ?? '';
  const rest = (splitPath(sent) ?? []).slice(path.namespace === undefined ? 5 : 7).join('/');
  const slash = sent.endsWith('/') && !rest.endsWith('/') ? '/' : '';
  if (rest === '') return slash;
  return `${rest.startsWith('/') ? '' : '/'}${rest}${slash}`;
}

/** Resolves the dots and double slashes of a path. */
function cleanedPath(path: string): string {
  if (path === '' || path === '/') return path;
  const cleaned = joinPath('/', byteString(path));
  return path.endsWith('/') && !cleaned.endsWith('/') ? `${cleaned}/` : cleaned;
}
