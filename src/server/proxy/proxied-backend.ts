import { BlockList, isIP } from 'node:net';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, failure } from '../object/status-error.js';
import { type Backend, dialTimeoutMs, unverified } from './backend.js';
import { kubeletAddress } from './kubelet-address.js';
import { existingObject, storedObject } from './stored-objects.js';

type Place = Omit<Backend, 'path' | 'query'>;

/** Returns the node, pod or service that the name of a proxy path stands for. Throws the Status for one that cannot be reached. */
export function proxiedBackend(request: ResourceRequest): Promise<Place> {
  switch (request.resource.kind) {
    case 'Node':
      return nodeBackend(request);
    case 'Pod':
      return podBackend(request);
    default:
      return serviceBackend(request);
  }
}

/** A name of the form `name`, `name:port` or `scheme:name:port`. */
interface Target {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

function targetOf(id: string, kind: string): Target {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme))
    throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  return { scheme, name, port };
}

function place(scheme: string, host: string, port: string): Place {
  return { scheme: scheme === 'https' ? 'https' : 'http', host, port, tls: unverified, connectMs: dialTimeoutMs };
}

async function nodeBackend(request: ResourceRequest): Promise<Place> {
  const { backends } = request.server;
  const { scheme, name, port } = targetOf(request.path.name ?? '', 'node');
  const kubelet = await kubeletAddress(request, name);
  await checkHost(request, kubelet.host);
  if (port !== '' && port !== kubelet.port) return place(scheme, kubelet.host, port);
  const { timeoutMs } = backends.kubelet;
  const { host } = kubelet;
  return { scheme: 'https', host, port: kubelet.port, tls: backends.kubeletTls(false), connectMs: timeoutMs };
}

async function podBackend(request: ResourceRequest): Promise<Place> {
  const { scheme, name, port } = targetOf(request.path.name ?? '', 'pod');
  const pod = await existingObject(request, 'pods', name);
  const [podIp] = objectsOf(fieldsOf(pod.status).podIPs);
  const address = textOf(podIp?.ip);
  if (!isProxyable(address)) throw badRequest('address not allowed');
  return place(scheme, address, port === '' ? firstPort(pod) : port);
}

function firstPort(pod: Readonly<ServerObject>): string {
  const ports = objectsOf(fieldsOf(pod.spec).containers).flatMap(({ ports }) => objectsOf(ports).slice(0, 1));
  return ports[0] === undefined ? '' : String(numberOf(ports[0].containerPort) ?? 0);
}

async function serviceBackend(request: ResourceRequest): Promise<Place> {
  const id = request.path.name ?? '';
  const { scheme, name, port } = targetOf(id, 'service');
  const portName = /^[+-]?\d+$/.test(port) && isInt64(port) ? await nameOfPort(request, name, Number(port)) : port;
  const endpoints = await existingObject(request, 'endpoints', name);
  const none = (what: string) =>
    failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(what)}`);
  const subsets = objectsOf(endpoints.subsets);
  if (subsets.length === 0) throw none(name);
  for (const subset of shuffled(subsets, request)) {
    for (const target of objectsOf(subset.ports).filter((one) => textOf(one.name) === portName)) {
      for (const address of shuffled(objectsOf(subset.addresses), request)) {
        const ip = textOf(address.ip);
        if (await isOfPod(request, ip, fieldsOf(address.targetRef)))
          return place(scheme, ip, String(numberOf(target.port) ?? 0));
      }
    }
  }
  throw none(id);
}

/** Reports whether Go reads the text as a number of 64 bits; longer ones are names of ports. */
function isInt64(text: string): boolean {
  return BigInt.asIntN(64, BigInt(text.replace(/^\+/, ''))) === BigInt(text.replace(/^\+/, ''));
}

async function nameOfPort(request: ResourceRequest, name: string, number: number): Promise<string> {
  const service = await existingObject(request, 'services', name);
  const found = objectsOf(fieldsOf(service.spec).ports).find(({ port }) => numberOf(port) === number);
  if (found !== undefined) return textOf(found.name);
  throw failure(503, 'ServiceUnavailable', `no service port ${number} found for service ${JSON.stringify(name)}`);
}

/** Returns the items from a random one on. */
function shuffled<T>(items: readonly T[], { server }: ResourceRequest): T[] {
  const first = Math.floor(server.random() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Endpoints that are not addresses of a pod of the namespace could lead anywhere. */
async function isOfPod(request: ResourceRequest, ip: string, target: { [field: string]: unknown }): Promise<boolean> {
  if (textOf(target.namespace) !== request.path.namespace) return false;
  const pod = await storedObject(request, 'pods', textOf(target.name));
  return objectsOf(fieldsOf(pod?.status).podIPs).some((podIp) => podIp.ip === ip);
}

async function checkHost(request: ResourceRequest, host: string): Promise<void> {
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await request.server.backends.lookup(host) : [host];
  } catch {
    throw badRequest(`lookup ${host}: no such host`);
  }
  if (addresses.length === 0) throw badRequest('no addresses for hostname');
  if (!addresses.every(isProxyable)) throw badRequest('address not allowed');
}

/** The addresses that are not global unicast: unspecified, loopback, link-local, multicast and broadcast. */
function forbiddenAddresses(): BlockList {
  const list = new BlockList();
  list.addAddress('0.0.0.0');
  list.addSubnet('127.0.0.0', 8);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('224.0.0.0', 4);
  list.addAddress('255.255.255.255');
  list.addAddress('::', 'ipv6');
  list.addAddress('::1', 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  list.addSubnet('ff00::', 8, 'ipv6');
  return list;
}

const forbidden = forbiddenAddresses();

function isProxyable(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return !forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
