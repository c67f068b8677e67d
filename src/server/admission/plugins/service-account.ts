import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { copy, type JsonObject } from '../../../util/json-value.js';
import type { ResourceRequest } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import { generateName } from '../../object/system-fields.js';
import { peekStored } from '../../scheme/stored.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

/** Gives a new pod its service account: its image pull secrets, and a volume with its token. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate: async (attributes) => {
    const { request, object, old } = attributes;
    if (isAbout(attributes, '', 'pods') && old === undefined) await apply(object, fieldsOf(object.spec), request);
  },
};

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

async function apply(pod: ServerObject, spec: JsonObject, request: ResourceRequest): Promise<void> {
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
function mountToken(spec: JsonObject, { server }: ResourceRequest): void {
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
