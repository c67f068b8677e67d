import { compareQuantities } from '../../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { type Amounts, amountsOf, podAmounts } from '../../kinds/core/pods/pod-resources.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { Operation, ServerContext } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { storageRange } from '../../scheme/storage-keys.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Defaults and bounds the resources of pods and claims by the namespace's limit ranges. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  mutate: async (attributes) => {
    if (isAbout(attributes, '', 'pods') && attributes.old === undefined)
      await applyLimitDefaults(attributes.object, attributes.request);
  },
  validate: checkLimits,
};

const annotation = 'kubernetes.io/limit-ranger';

async function rangesIn(server: ServerContext, namespace: string | undefined): Promise<ServerObject[]> {
  const resource = server.scheme.resource('', 'v1', 'limitranges');
  if (resource === undefined || namespace === undefined) return [];
  const { start, end } = storageRange(resource, namespace);
  const { kvs } = await server.storage.range(start, end);
  return kvs.map((kv) => decodeStored(kv, resource));
}

/** Gives the containers of a new pod the requests and limits that the namespace's limit ranges have for those that say none. */
async function applyLimitDefaults(pod: ServerObject, { server, path }: Operation): Promise<void> {
  const said: string[] = [];
  for (const { spec } of await rangesIn(server, path.namespace)) {
    const defaults = { requests: {} as JsonObject, limits: {} as JsonObject };
    for (const limit of objectsOf(fieldsOf(spec).limits).filter(({ type }) => type === 'Container')) {
      Object.assign(defaults.requests, limit.defaultRequest);
      Object.assign(defaults.limits, limit.default);
    }
    const pods = fieldsOf(pod.spec);
    for (const container of objectsOf(pods.containers)) said.push(...fill(container, defaults, 'container'));
    for (const container of objectsOf(pods.initContainers)) said.push(...fill(container, defaults, 'init container'));
  }
  if (said.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [annotation]: `LimitRanger plugin set: ${said.join('; ')}`,
    };
}

function fill(
  container: JsonObject,
  defaults: { readonly requests: JsonObject; readonly limits: JsonObject },
  what: string,
): string[] {
  const resources = { ...fieldsOf(container.resources) };
  const said: string[] = [];
  for (const [kind, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const given = fieldsOf(resources[kind]);
    const added = Object.keys(defaults[kind]).filter((name) => given[name] === undefined);
    if (added.length === 0) continue;
    resources[kind] = { ...given, ...Object.fromEntries(added.map((name) => [name, defaults[kind][name]])) };
    said.push(`${added.sort().join(', ')} ${word} for ${what} ${textOf(container.name)}`);
  }
  if (said.length > 0) container.resources = resources;
  return said;
}

/** Refuses pods and claims beyond the namespace's limit ranges. Throws the 403 Status. */
async function checkLimits({ request, operation, object }: AdmissionAttributes): Promise<void> {
  const { resource, path, server } = request;
  if (resource.group !== '' || object === undefined) return;
  const isPod = resource.plural === 'pods' && (path.subresource === 'resize' || operation === 'CREATE');
  const isClaim = resource.plural === 'persistentvolumeclaims' && path.subresource === undefined;
  if (!isPod && !isClaim) return;
  for (const { spec } of await rangesIn(server, path.namespace)) {
    const limits = objectsOf(fieldsOf(spec).limits);
    const errors = limits.flatMap((limit) => (isPod ? podErrors(limit, object) : claimErrors(limit, object)));
    if (errors.length === 0) continue;
    const unique = [...new Set(errors)];
    const why = unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`;
    throw forbidden(resource, object.metadata.name ?? '', why);
  }
}

function podErrors(limit: JsonObject, { spec }: ServerObject): string[] {
  const pod = fieldsOf(spec);
  if (limit.type === 'Pod') return boundErrors(limit, 'Pod', podAmounts(pod, 'requests'), podAmounts(pod, 'limits'));
  if (limit.type !== 'Container') return [];
  return [...objectsOf(pod.containers), ...objectsOf(pod.initContainers)].flatMap(({ resources }) => {
    const { requests, limits } = fieldsOf(resources);
    return boundErrors(limit, 'Container', amountsOf(requests), amountsOf(limits));
  });
}

function claimErrors(limit: JsonObject, { spec }: ServerObject): string[] {
  if (limit.type !== 'PersistentVolumeClaim') return [];
  const requests = amountsOf(fieldsOf(fieldsOf(spec).resources).requests);
  // What a claim is limited to plays no part: its request is held against the maximum.
  const { min, max } = limit;
  return [
    ...boundErrors({ min }, 'PersistentVolumeClaim', requests, {}),
    ...Object.entries(amountsOf(max)).flatMap(([name, most]) => {
      const subject = `maximum ${name} usage per PersistentVolumeClaim is ${most.toString()}`;
      const asked = requests[name];
      if (asked === undefined) return [`${subject}.  No request is specified`];
      return compareQuantities(asked, most) > 0 ? [`${subject}, but request is ${asked.toString()}`] : [];
    }),
  ];
}

function boundErrors(bounds: JsonObject, type: string, requests: Amounts, limits: Amounts): string[] {
  const errors: string[] = [];
  for (const [name, least] of Object.entries(amountsOf(bounds.min))) {
    const subject = `minimum ${name} usage per ${type} is ${least.toString()}`;
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined) errors.push(`${subject}.  No request is specified`);
    else if (compareQuantities(request, least) < 0) errors.push(`${subject}, but request is ${request.toString()}`);
    else if (limit !== undefined && compareQuantities(limit, least) < 0)
      errors.push(`${subject}, but limit is ${limit.toString()}`);
  }
  for (const [name, most] of Object.entries(amountsOf(bounds.max))) {
    const subject = `maximum ${name} usage per ${type} is ${most.toString()}`;
    const [request, limit] = [requests[name], limits[name]];
    if (limit === undefined) errors.push(`${subject}.  No limit is specified`);
    else if (compareQuantities(limit, most) > 0) errors.push(`${subject}, but limit is ${limit.toString()}`);
    else if (request !== undefined && compareQuantities(request, most) > 0)
      errors.push(`${subject}, but request is ${request.toString()}`);
  }
  for (const [name, most] of Object.entries(amountsOf(bounds.maxLimitRequestRatio))) {
    const subject = `${name} max limit to request ratio per ${type} is ${most.toString()}`;
    const [request, limit] = [requests[name]?.toNumber() ?? 0, limits[name]?.toNumber() ?? 0];
    if (request === 0) errors.push(`${subject}, but no request is specified or request is 0`);
    else if (limit === 0) errors.push(`${subject}, but no limit is specified or limit is 0`);
    else if (limit / request > most.toNumber())
      errors.push(`${subject}, but provided ratio is ${(limit / request).toFixed(6)}`);
  }
  return errors;
}
