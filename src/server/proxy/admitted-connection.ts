import { listOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ResourceRequest } from '../object/server-context.js';
import { admitConnection } from '../verbs/connect-admission.js';
import { commandOptions, forwardedPorts } from './connect-options.js';

/** Asks admission about an exec, attach or portforward. Returns the request with the options that admission leaves. */
export async function admittedStream(request: ResourceRequest): Promise<ResourceRequest> {
  const { query, path } = request;
  if (path.subresource === 'portforward') {
    const ports = forwardedPorts(query);
    const made = await admitConnection(request, 'PodPortForwardOptions', ports.length === 0 ? {} : { ports });
    const list = listOf(made.ports).map(String);
    return { ...request, query: new URLSearchParams(list.length === 0 ? [] : [['ports', list.join(',')]]) };
  }
  const { command, container, ...flags } = commandOptions(query);
  const set = Object.entries(flags).filter(([, on]) => on);
  const options = { ...Object.fromEntries(set), ...(container === '' ? {} : { container }) };
  const made =
    path.subresource === 'exec'
      ? await admitConnection(request, 'PodExecOptions', { ...options, command: command.length === 0 ? null : command })
      : await admitConnection(request, 'PodAttachOptions', options);
  return { ...request, query: queryOf(made) };
}

function queryOf(options: JsonObject): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['stdin', 'stdout', 'stderr', 'tty']) if (options[name] === true) query.set(name, 'true');
  if (textOf(options.container) !== '') query.set('container', textOf(options.container));
  for (const word of listOf(options.command)) query.append('command', textOf(word));
  return query;
}

/** Asks admission about a request through a proxy to a path. Returns the path that admission leaves. */
export async function admittedPath(request: ResourceRequest, path: string): Promise<string> {
  const options = path === '' ? {} : { path };
  const made = await admitConnection(request, `${request.resource.kind}ProxyOptions`, options);
  return textOf(made.path);
}
