import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import { badRequest } from '../object/status-error.js';
import { commandOptions, forwardedPorts } from './connect-options.js';
import { isUpgrade, isWebSocket, offeredProtocols } from './header-lines.js';
import { type KubeletBackend, kubeletBackend } from './kubelet-backend.js';
import { meantContainer, nodeOf } from './pod-container.js';
import { existingObject } from './stored-objects.js';
import { proxyUpgrade } from './upgrade-proxy.js';

/** Runs a command in a container, or attaches to it: passes the upgrade on to the kubelet, or translates it for an older one. */
export async function podCommand(request: ResourceRequest): Promise<ServerResponse> {
  const { server, http } = request;
  const options = commandOptions(request.query);
  const { subresource = '' } = request.path;
  const command = subresource === 'exec' ? options.command : [];
  const query: [string, string][] = [
    ...flags({ input: options.stdin, output: options.stdout, error: options.stderr, tty: options.tty }),
    ...command.map((word): [string, string] => ['command', word]),
  ];
  const backend = await podBackend(request, subresource, query, options.container);
  const translates =
    server.features.enabled('TranslateStreamCloseWebsocketRequests') &&
    !takesWebSockets(request, backend) &&
    isWebSocket(http) &&
    offeredProtocols(http).includes('v5.channel.k8s.io');
  if (translates) {
    const { translateCommand } = await import('./translated-command.js');
    return translateCommand(server, http, backend, options);
  }
  return upgraded(request, backend);
}

/** Forwards ports of a pod. */
export async function podPortForward(request: ResourceRequest): Promise<ServerResponse> {
  const { server, http } = request;
  const ports = forwardedPorts(request.query);
  const backend = await podBackend(request, 'portForward', ports.length === 0 ? [] : [['port', ports.join(',')]]);
  const tunnels =
    server.features.enabled('PortForwardWebsockets') &&
    !takesWebSockets(request, backend) &&
    isWebSocket(http) &&
    offeredProtocols(http).some((name) => name.startsWith('SPDY/3.1+') && name.endsWith('.k8s.io'));
  if (tunnels) {
    const { tunnelPorts } = await import('./port-tunnel.js');
    return tunnelPorts(server, http, backend);
  }
  return upgraded(request, backend);
}

async function podBackend(
  request: ResourceRequest,
  endpoint: string,
  query: readonly (readonly [string, string])[],
  asked?: string,
): Promise<KubeletBackend> {
  const name = nameOf(request);
  const pod = await existingObject(request, 'pods', name);
  const container = asked === undefined ? [] : [meantContainer(pod, asked)];
  const node = nodeOf(pod);
  if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  return kubeletBackend(request, node, [endpoint, request.path.namespace ?? '', name, ...container], query);
}

function upgraded({ server, http }: ResourceRequest, backend: KubeletBackend): Promise<ServerResponse> {
  if (!isUpgrade(http)) throw badRequest('Upgrade request required');
  return proxyUpgrade(server, http, backend);
}

function takesWebSockets({ server }: ResourceRequest, { kubelet }: KubeletBackend): boolean {
  return kubelet.takesWebSockets && server.features.enabled('ExtendWebSocketsToKubelet');
}

function flags(values: { readonly [name: string]: boolean }): [string, string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] => (value ? [[name, '1']] : []));
}
