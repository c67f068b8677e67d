import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServerObject } from '../object/server-object.js';
import { isExempt } from './exemption.js';
import type { MutatingPolicies } from './mutating-policies.js';
import { orderedPlugins } from './ordered-plugins.js';
import { bindingsOf } from './policy-definitions.js';
import { type Hook, hooksOf } from './webhooks/hooks.js';

/**
 * Runs the mutating steps of a write before validation: the server's own plugins, the mutating policies, then the mutating webhooks.
 * Changes the object in place or returns another. Throws the Status of the step that refuses.
 */
export async function mutate<O extends ServerObject | undefined>(
  attributes: AdmissionAttributes & { readonly object: O },
): Promise<O> {
  const { request, operation, object, nameless } = attributes;
  const { server, resource } = request;
  const own = async (one: ServerObject): Promise<void> => {
    for (const { name, mutate } of orderedPlugins) {
      if (mutate !== undefined && server.plugins.has(name)) await mutate({ ...attributes, object: one });
    }
  };
  if (object !== undefined) await own(object);
  if (isExempt(resource)) return object;
  const hooks = server.plugins.has('MutatingAdmissionWebhook')
    ? await hooksOf(server, 'mutatingwebhookconfigurations')
    : [];
  const policies = object === undefined ? undefined : await policiesOn(attributes);
  if (hooks.length === 0 && policies === undefined) return object;
  const isNew = object !== undefined && operation === 'CREATE';
  const shown = { ...attributes, object: isNew ? unmade(object, nameless) : object };
  const made = await change(shown, hooks, policies, own);
  return (isNew ? filled(made ?? object, object) : made) as O;
}

/** The policies that may change a write; undefined where there are none, and what they take is not loaded. */
async function policiesOn(attributes: AdmissionAttributes): Promise<MutatingPolicies | undefined> {
  const { server } = attributes.request;
  if (!server.plugins.has('MutatingAdmissionPolicy')) return undefined;
  if ((await bindingsOf(server, 'mutatingadmissionpolicybindings')).length === 0) return undefined;
  const { MutatingPolicies } = await import('./mutating-policies.js');
  return new MutatingPolicies(attributes);
}

/** Policies come before webhooks. Where either have changed the object, all who want to know of it are asked once more. */
async function change(
  attributes: AdmissionAttributes,
  hooks: readonly Hook[],
  policies: MutatingPolicies | undefined,
  own: (object: ServerObject) => Promise<void>,
): Promise<ServerObject | undefined> {
  let { object } = attributes;
  if (policies !== undefined && object !== undefined) object = await policies.run(object);
  const again = async (one: ServerObject): Promise<void> => {
    await own(one);
    if (policies === undefined) return;
    const next = await policies.rerun(one);
    if (next === one) return;
    for (const field of Object.keys(one)) delete one[field];
    Object.assign(one, next);
  };
  if (hooks.length > 0) {
    const { askMutatingWebhooks } = await import('./webhooks/mutating.js');
    return askMutatingWebhooks({ ...attributes, object }, hooks, again, policies?.changed);
  }
  if (policies?.changed === true && object !== undefined) await again(object);
  return object;
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
