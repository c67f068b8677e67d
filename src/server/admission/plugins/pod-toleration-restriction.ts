import { fieldsOf, objectsOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { qosClass } from '../../kinds/core/pods/qos.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import { badRequest, internal } from '../../object/status-error.js';
import { namespaceResource } from '../../scheme/namespaces.js';
import { peekStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';

const defaults = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const allowed = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

/** Adds the default tolerations of a namespace to its pods, and holds them to the tolerations that it allows. */
export const podTolerationRestriction: AdmissionPlugin = {
  name: 'PodTolerationRestriction',
  mutate: async (attributes) => {
    const { object, old } = attributes;
    if (!isAbout(attributes, '', 'pods')) return;
    const spec = fieldsOf(object.spec);
    const extra =
      old === undefined
        ? [...((await tolerationsIn(attributes, defaults)) ?? configured(attributes).default ?? [])]
        : [];
    if (qosClass(spec) !== 'BestEffort')
      extra.push({ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' });
    if (extra.length > 0) object.spec = { ...spec, tolerations: merged([...objectsOf(spec.tolerations), ...extra]) };
  },
  validate: async (attributes) => {
    const { object } = attributes;
    if (object === undefined || !isAbout(attributes, '', 'pods')) return;
    const own = await tolerationsIn(attributes, allowed);
    const list = own ?? configured(attributes).whitelist ?? [];
    if (list.length === 0) return;
    const tolerations = objectsOf(fieldsOf(object.spec).tolerations);
    if (tolerations.every((one) => list.some((other) => isSuperset(other, one)))) return;
    const scope = own === undefined ? 'cluster' : 'namespace';
    throw internal(
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
    );
  },
};

function configured({ request: { server } }: AdmissionAttributes) {
  return server.admissionConfiguration.PodTolerationRestriction ?? {};
}

/** Returns the tolerations in an annotation of the request's namespace, undefined without the annotation. */
async function tolerationsIn(
  { request: { server, path } }: AdmissionAttributes,
  annotation: string,
): Promise<JsonObject[] | undefined> {
  const namespaces = namespaceResource(server);
  const { kv } = await server.storage.get(`${namespaces.prefix}${path.namespace ?? ''}`);
  const text = kv === undefined ? undefined : peekStored(kv, namespaces).metadata.annotations?.[annotation];
  if (text === undefined || text === '') return text === undefined ? undefined : [];
  try {
    return objectsOf(JSON.parse(text));
  } catch {
    throw badRequest(`cannot parse annotation ${annotation} of namespace ${path.namespace ?? ''}: it is not JSON`);
  }
}

/** Drops tolerations that another one in the list covers. Of two equal ones, the first stays. */
function merged(all: readonly JsonObject[]): JsonObject[] {
  const kept: JsonObject[] = [];
  for (const [index, one] of all.entries()) {
    const isCovered =
      kept.some((other) => isSuperset(other, one)) ||
      all.slice(index + 1).some((other) => !equal(one, other) && isSuperset(other, one));
    if (!isCovered) kept.push(one);
  }
  return kept;
}

function isSuperset(wide: JsonObject, narrow: JsonObject): boolean {
  if (equal(wide, narrow)) return true;
  const any = (value: unknown): boolean => value === undefined || value === '';
  if (narrow.key !== wide.key && !(any(wide.key) && wide.operator === 'Exists')) return false;
  if (narrow.effect !== wide.effect && !any(wide.effect)) return false;
  if (wide.effect === 'NoExecute' && typeof wide.tolerationSeconds === 'number') {
    if (typeof narrow.tolerationSeconds !== 'number' || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  return (any(narrow.operator) || narrow.operator === 'Equal') && (narrow.value ?? '') === (wide.value ?? '');
}
