import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { copy, type JsonObject } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { Operation } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { generateName } from '../../object/system-fields.js';
import { peekStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';
import { environmentSecrets, mountedSecrets, referencesSecret } from '../pod-references.js';

/**
 * Gives a new pod its service account: its image pull secrets, and a volume with its token. Holds mirror pods to what the kubelet's files
 * may say, and pods to the Secrets that an account with the annotation for it allows.
 */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  // As in kube-apiserver, a pod is also checked before policies, webhooks and validation see it.
  mutate: async (attributes) => {
    const { request, object, old } = attributes;
    if (!isAbout(attributes, '', 'pods') || old !== undefined) return;
    if (!isMirror(object)) await apply(object, fieldsOf(object.spec), request);
    await check(attributes);
  },
  validate: check,
};

async function check({ request, object, old }: AdmissionAttributes): Promise<void> {
  const { resource, path } = request;
  if (object === undefined || resource.group !== '' || resource.plural !== 'pods') return;
  const isDebugged = path.subresource === 'ephemeralcontainers';
  if (!isDebugged && (path.subresource !== undefined || old !== undefined)) return;
  const spec = fieldsOf(object.spec);
  const isMirrored = !isDebugged && isMirror(object);
  const problem = isMirrored ? mirrorProblem(spec) : await secretProblem(spec, isDebugged, request);
  if (problem !== undefined) throw forbidden(resource, object.metadata.name ?? '', problem);
}

function isMirror({ metadata }: ServerObject): boolean {
  return metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

function mirrorProblem(spec: JsonObject): string | undefined {
  if (textOf(spec.serviceAccountName) !== '') return 'a mirror pod may not reference service accounts';
  if (referencesSecret(spec)) return 'a mirror pod may not reference secrets';
  const projected = objectsOf(spec.volumes).flatMap((volume) => objectsOf(fieldsOf(volume.projected).sources));
  return projected.some((source) => source.serviceAccountToken !== undefined)
    ? 'a mirror pod may not use ServiceAccountToken volume projections'
    : undefined;
}

const enforced = 'kubernetes.io/enforce-mountable-secrets';

/** Returns the problem of a pod whose account allows the Secrets in its own lists only. */
async function secretProblem(
  spec: JsonObject,
  isDebugged: boolean,
  { server, path }: Operation,
): Promise<string | undefined> {
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  const name = textOf(spec.serviceAccountName);
  if (accounts === undefined || name === '') return undefined;
  const { kv } = await server.storage.get(`${accounts.prefix}${path.namespace ?? ''}/${name}`);
  if (kv === undefined) return undefined;
  const { metadata, secrets, imagePullSecrets } = peekStored(kv, accounts);
  if (!/^(1|t|T|true|TRUE|True)$/.test(metadata.annotations?.[enforced] ?? '')) return undefined;
  const namesIn = (list: unknown): string[] => objectsOf(list).map((one) => textOf(one.name));
  const because = `is not allowed because service account ${name} does not reference that`;
  const references = isDebugged
    ? environmentSecrets('ephemeral container', spec.ephemeralContainers)
    : mountedSecrets(spec);
  const mountable = namesIn(secrets);
  const refused = references.find((one) => !mountable.includes(one.name));
  if (refused !== undefined) return `${refused.place} ${because} secret`;
  if (isDebugged) return undefined;
  const pullable = namesIn(imagePullSecrets);
  const pulled = namesIn(spec.imagePullSecrets);
  const index = pulled.findIndex((one) => !pullable.includes(one));
  return index < 0 ? undefined : `imagePullSecrets[${index}].name="${pulled[index]}" ${because} imagePullSecret`;
}

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

async function apply(pod: ServerObject, spec: JsonObject, request: Operation): Promise<void> {
  const { server, resource, path } = request;
  const accounts = server.scheme.resource('', 'v1', 'serviceaccounts');
  if (accounts === undefined) return;
  const name = textOf(spec.serviceAccountName) || 'default';
  Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
  const namespace = path.namespace ?? '';
  const key = `${accounts.prefix}${namespace}/${name}`;
  let { kv } = await server.storage.get(key);
  if (kv === undefined && name === 'default' && server.hooks.settleNamespace !== undefined) {
    await server.hooks.settleNamespace(namespace);
    ({ kv } = await server.storage.get(key));
  }
  if (kv === undefined) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw forbidden(resource, pod.metadata.name ?? '', why);
  }
  const account = peekStored(kv, accounts);
  if (listOf(spec.imagePullSecrets).length === 0 && listOf(account.imagePullSecrets).length > 0) {
    spec.imagePullSecrets = copy(listOf(account.imagePullSecrets));
  }
  const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (mounts === true) mountToken(spec, request);
}

/** Mounts a volume with the token, the server's certificate authority and the namespace into every container. */
function mountToken(spec: JsonObject, { server }: Operation): void {
  const containers = [...objectsOf(spec.initContainers), ...objectsOf(spec.containers)];
  const missing = containers.filter(
    (container) => !objectsOf(container.volumeMounts).some((one) => one.mountPath === mountPath),
  );
  if (missing.length === 0) return;
  const name = generateName('kube-api-access-', server.random);
  for (const container of missing) {
    container.volumeMounts = [...listOf(container.volumeMounts), { name, readOnly: true, mountPath }];
  }
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ];
  spec.volumes = [...listOf(spec.volumes), { name, projected: { sources, defaultMode: 0o644 } }];
}
