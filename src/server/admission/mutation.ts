import type { ServerObject } from '../registry/stored.js';
import { strategyOf } from '../strategy/index.js';
import type { AdmissionAttributes } from './attributes.js';
import { isExempt } from './exemption.js';
import { hooksOf } from './webhooks/hooks.js';

/**
 * What may change a write on its way, before it is checked: the server's own plugins, then the mutating webhooks. Changes the object in place or
 * returns another. Throws the Status of whoever refuses.
 */
export async function mutate<O extends ServerObject | undefined>(
  attributes: AdmissionAttributes & { readonly object: O },
): Promise<O> {
  const { request, operation, object, old, nameless } = attributes;
  const { server, resource, path } = request;
  const isMain = path.subresource === undefined;
  const own = async (one: ServerObject): Promise<void> => {
    if (isMain) await strategyOf(resource).admit?.(one, old, request);
  };
  if (object !== undefined) await own(object);
  if (!server.plugins.has('MutatingAdmissionWebhook') || isExempt(resource)) return object;
  const hooks = await hooksOf(server, 'mutatingwebhookconfigurations');
  if (hooks.length === 0) return object;
  const { askMutatingWebhooks } = await import('./webhooks/mutating.js');
  if (object === undefined || operation !== 'CREATE') return (await askMutatingWebhooks(attributes, hooks, own)) as O;
  const made = await askMutatingWebhooks({ ...attributes, object: unmade(object, nameless) }, hooks, own);
  return filled(made ?? object, object) as O;
}

/** A new object as kube-apiserver shows it to mutating webhooks: what the server fills in comes later there. */
function unmade(object: ServerObject, nameless: boolean | undefined): ServerObject {
  const { uid: _uid, creationTimestamp: _time, name, ...others } = object.metadata;
  return { ...object, metadata: nameless === true ? others : { name, ...others } };
}

/** The object with what the server had filled in. */
function filled(object: ServerObject, { metadata: { uid, creationTimestamp, name } }: ServerObject): ServerObject {
  const given = object.metadata.name ?? '';
  return { ...object, metadata: { ...object.metadata, uid, creationTimestamp, name: given === '' ? name : given } };
}
