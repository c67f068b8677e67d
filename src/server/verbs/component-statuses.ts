import { renderObject, transformed } from '../encoding/render.js';
import { checkListOptions, parseListOptions } from '../http/list-options.js';
import { objectResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { notFound } from '../object/status-error.js';
import { type ProbeResult, probeComponent } from '../outbound/component-probe.js';
import { decodeKind } from '../scheme/decode-object.js';
import { listOf } from './list.js';
import { selectionOf } from './selectors.js';

type Probe = (request: ResourceRequest) => Promise<ProbeResult>;

/** The components of a control plane, each with the way to find out how it is. They are never stored. */
const probes: { readonly [name: string]: Probe } = {
  'controller-manager': ({ server }) => probeComponent(server, 10_257),
  scheduler: ({ server }) => probeComponent(server, 10_259),
  'etcd-0': async ({ server }) => {
    try {
      await server.storage.revision();
      return { healthy: true, message: 'ok' };
    } catch (error) {
      return { healthy: false, message: error instanceof Error ? error.message : 'unknown' };
    }
  },
};

/** GET of one component status. */
export async function getComponentStatus(request: ResourceRequest): Promise<ServerResponse> {
  const name = nameOf(request);
  const probe = Object.hasOwn(probes, name) ? probes[name] : undefined;
  if (probe === undefined) throw notFound({ group: '', plural: 'componentstatus' }, name);
  return renderObject(request, 200, await statusOf(request, name, probe));
}

/** GET of all component statuses. */
export async function listComponentStatuses(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseListOptions(request.query);
  checkListOptions(options);
  const { filter } = await selectionOf(request, options);
  const all = await Promise.all(Object.entries(probes).map(([name, probe]) => statusOf(request, name, probe)));
  const found = filter === undefined ? all : all.filter(filter);
  const { media, resource, warnings } = request;
  const list =
    media.as === undefined ? listOf(resource, { metadata: {} }, found) : await transformed(request, found, true, {});
  return objectResponse(200, list, media, warnings);
}

async function statusOf(request: ResourceRequest, name: string, probe: Probe): Promise<ServerObject> {
  const { healthy, message } = await probe(request);
  const conditions = [{ type: 'Healthy', status: healthy ? 'True' : 'False', message }];
  return decodeKind({ metadata: { name }, conditions }, { apiVersion: 'v1', kind: 'ComponentStatus' });
}
