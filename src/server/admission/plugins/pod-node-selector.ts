import { fieldsOf } from '../../../util/json-fields.js';
import { badRequest, forbidden } from '../../object/status-error.js';
import { namespaceResource } from '../../scheme/namespaces.js';
import { peekStored } from '../../scheme/stored-object.js';
import { type AdmissionPlugin, isAbout, type ObjectAttributes } from '../admission-plugin.js';

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';

/** Adds the node selector in the annotation of a namespace to its new pods, and refuses pods that contradict it. */
export const podNodeSelector: AdmissionPlugin = {
  name: 'PodNodeSelector',
  mutate: async (attributes) => {
    const { object, old, request } = attributes;
    if (!isAbout(attributes, '', 'pods') || old !== undefined) return;
    const wanted = await selectorOf(attributes);
    const spec = fieldsOf(object.spec);
    const given = fieldsOf(spec.nodeSelector);
    if (Object.entries(wanted).some(([key, value]) => given[key] !== undefined && given[key] !== value)) {
      const why = 'pod node label selector conflicts with its namespace node label selector';
      throw forbidden(request.resource, object.metadata.name ?? '', why);
    }
    const merged = { ...wanted, ...given };
    const bound = parseSelector(configured(attributes, request.path.namespace ?? ''));
    const isBound = Object.keys(bound).length > 0;
    if (isBound && Object.entries(merged).some(([key, value]) => bound[key] !== value)) {
      const why = 'pod node label selector labels conflict with its namespace whitelist';
      throw forbidden(request.resource, object.metadata.name ?? '', why);
    }
    if (Object.keys(wanted).length > 0) object.spec = { ...spec, nodeSelector: merged };
  },
};

async function selectorOf(attributes: ObjectAttributes): Promise<{ [key: string]: string }> {
  const { server, path } = attributes.request;
  const namespaces = namespaceResource(server);
  const { kv } = await server.storage.get(`${namespaces.prefix}${path.namespace ?? ''}`);
  const text = kv === undefined ? undefined : peekStored(kv, namespaces).metadata.annotations?.[annotation];
  return parseSelector(text ?? configured(attributes, 'clusterDefaultNodeSelector'));
}

function configured({ request: { server } }: ObjectAttributes, name: string): string {
  const selectors = server.admissionConfiguration.PodNodeSelector ?? {};
  return Object.hasOwn(selectors, name) ? (selectors[name] ?? '') : '';
}

function parseSelector(text: string): { [key: string]: string } {
  const entries = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    entries.map((part) => {
      const [key = '', value, ...more] = part.split('=').map((side) => side.trim());
      if (value === undefined || more.length > 0) throw badRequest(`invalid selector: ${JSON.stringify(text)}`);
      return [key, value];
    }),
  );
}
