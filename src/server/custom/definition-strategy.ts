import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { equal } from '../../util/json-value.js';
import type { Strategy } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { setCondition } from './definition-conditions.js';
import { formatWarnings } from './definition-schemas.js';
import { definitionProblems, definitionUpdateProblems } from './definition-validation.js';
import { definitionNamesProblems } from './names-validation.js';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** CustomResourceDefinitions: checked, named and then served by the server itself. */
export const customResourceDefinitions: Strategy = {
  unconditionalUpdate: false,
  returnsDeleted: true,
  generationChanged: (object, old) => !equal(object.spec, old.spec),
  defaults: (object) => {
    const spec = fieldsOf(object.spec);
    const names = fieldsOf(spec.names);
    const kind = textOf(names.kind);
    if (textOf(names.singular) === '') names.singular = kind.toLowerCase();
    if (textOf(names.listKind) === '' && kind !== '') names.listKind = `${kind}List`;
    spec.names = names;
    spec.conversion ??= { strategy: 'None' };
    const service = fieldsOf(fieldsOf(fieldsOf(fieldsOf(spec.conversion).webhook).clientConfig).service);
    if (Object.keys(service).length > 0) service.port ??= 443;
    object.spec = spec;
    // An old definition may lack them, and a writer of the status may leave them out.
    if (object.status !== undefined && listOf(fieldsOf(object.status).storedVersions).length === 0)
      rememberStored(object);
  },
  prepareForCreate: (object) => {
    object.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null };
    rememberStored(object);
  },
  keepsStatus: true,
  prepareForUpdate: (object) => {
    rememberStored(object);
  },
  validateCreate: definitionProblems,
  validateUpdate: definitionUpdateProblems,
  validateSubresource: (_subresource, { status }) =>
    definitionNamesProblems(fieldsOf(fieldsOf(status).acceptedNames), 'status.acceptedNames', false),
  warnings: formatWarnings,
  markForDeletion: (object, now) => {
    const { metadata } = object;
    metadata.deletionTimestamp = now;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(cleanupFinalizer)) metadata.finalizers = [...finalizers, cleanupFinalizer];
    setCondition(object, now, {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    });
  },
};

/** Every version objects were ever kept in stays in the status until somebody has migrated them. */
function rememberStored(object: ServerObject): void {
  const storage = objectsOf(fieldsOf(object.spec).versions).find((version) => version.storage === true);
  if (storage === undefined) return;
  const status = fieldsOf(object.status);
  const stored = listOf(status.storedVersions);
  if (!stored.includes(storage.name)) object.status = { ...status, storedVersions: [...stored, storage.name] };
}
