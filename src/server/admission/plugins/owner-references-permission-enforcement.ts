import type { OwnerReference } from '../../../meta/index.js';
import { equal } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { Attributes, ResourceAttributes } from '../../object/authorization.js';
import type { Operation } from '../../object/server-context.js';
import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';

/**
 * Lets callers change owner references only of objects that they may delete, and block the deletion only of owners whose finalizers they
 * may set.
 */
export const ownerReferencesPermissionEnforcement: AdmissionPlugin = {
  name: 'OwnerReferencesPermissionEnforcement',
  validate: async (attributes) => {
    const { request, object, old, operation } = attributes;
    const { resource, path } = request;
    if (object === undefined || (resource.plural === 'pods' && path.subresource === 'status')) return;
    const owners = object.metadata.ownerReferences ?? [];
    if (equal(owners, old?.metadata.ownerReferences ?? [])) return;
    const refuse = (why: string): Error => forbidden(resource, object.metadata.name ?? '', why);
    if (operation !== 'CREATE') {
      const { group, version, plural } = resource;
      const about = { group, version, resource: plural, subresource: path.subresource ?? '', name: path.name ?? '' };
      const { allowed, reason = '' } = await ask(request, 'delete', { ...about, namespace: path.namespace ?? '' });
      if (!allowed) throw refuse(`cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
    }
    for (const owner of await blockingOwners(attributes, owners)) {
      const target = ownerTarget(request, owner);
      if (target === undefined) {
        const which = `APIVersion ${owner.apiVersion} Kind ${owner.kind}`;
        const why = `no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`;
        throw refuse(`cannot set blockOwnerDeletion in this case because cannot find RESTMapping for ${which}: ${why}`);
      }
      const { allowed, reason = '' } = await ask(request, 'update', target);
      if (!allowed) {
        const what =
          "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
        throw refuse(`${what}: ${reason}, <nil>`);
      }
    }
  },
};

/** Returns the owners that newly block deletion; none for callers that may set any finalizer. */
async function blockingOwners(
  { request, old }: AdmissionAttributes,
  owners: readonly OwnerReference[],
): Promise<OwnerReference[]> {
  const before = old?.metadata.ownerReferences ?? [];
  const blocking = owners.filter(
    ({ uid, blockOwnerDeletion }) =>
      blockOwnerDeletion === true && !before.some((one) => one.uid === uid && one.blockOwnerDeletion === true),
  );
  if (blocking.length === 0) return [];
  const any = { group: '*', version: '*', resource: '*', subresource: 'finalizers', name: '*', namespace: '' };
  return (await ask(request, 'update', any)).allowed ? [] : blocking;
}

function ownerTarget({ server, path }: Operation, owner: OwnerReference): ResourceAttributes | undefined {
  const found = server.scheme.resourceOfKind(owner.apiVersion, owner.kind);
  if (found === undefined) return undefined;
  const { group, version, plural, namespaced } = found;
  const namespace = namespaced ? (path.namespace ?? '') : '';
  return { group, version, resource: plural, subresource: 'finalizers', namespace, name: owner.name };
}

function ask({ server, user }: Operation, verb: string, resource: ResourceAttributes) {
  const attributes: Attributes = { user, verb, path: '', resource };
  return server.authorizer.authorize(attributes);
}
