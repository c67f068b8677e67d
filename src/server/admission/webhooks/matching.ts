import { listOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServedResource, ServerContext } from '../../object/server-context.js';
import { forbidden } from '../../object/status-error.js';
import { Access } from '../../policy/policy-access.js';
import { policyValue } from '../../policy/policy-expressions.js';
import { nameOf, requestOf } from '../admission-request.js';
import { webhookConditionsMet } from '../match-conditions.js';
import { namespaceOf } from '../policies.js';
import { isSelected, ruleMatches } from '../policy-matching.js';
import type { Hook } from './hooks.js';
import { inVersion } from './webhook-versions.js';

/** A webhook that has to be asked about a write, and as what it wants to see it. */
export interface Invocation {
  readonly hook: Hook;
  /** The resource that was written, or the same in the version the webhook's rules name. */
  readonly as: ServedResource;
}

/**
 * Returns the invocation of a webhook for a write, or undefined if it does not match. Throws the 403 Status if its match conditions fail
 * and it fails closed.
 */
export async function invocationOf(hook: Hook, attributes: AdmissionAttributes): Promise<Invocation | undefined> {
  const { request, object, old, connection } = attributes;
  const { server, resource, path } = request;
  const as = hook.rules.some((rule) => ruleMatches(rule, attributes))
    ? resource
    : hook.equivalent
      ? equivalentOf(server, hook, attributes)
      : undefined;
  if (as === undefined) return undefined;
  const namespace = path.namespace === undefined ? undefined : await namespaceOf(server, path.namespace);
  if (!isSelected(hook.selectors, attributes, namespace)) return undefined;
  if (hook.matchConditions.length === 0) return { hook, as };
  const context = {
    object: policyValue(object === undefined ? connection : await inVersion(object, attributes, as)),
    oldObject: policyValue(old === undefined ? undefined : await inVersion(old, attributes, as)),
    request: policyValue(requestOf(attributes, as)),
  };
  const verdict = await webhookConditionsMet(hook.matchConditions, context, new Access(attributes));
  if (verdict === 'met') return { hook, as };
  if (verdict === 'unmet' || hook.failsOpen) return undefined;
  const messages = verdict.errors.map(({ message }) => message);
  const why = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
  throw forbidden(resource, nameOf(attributes), why);
}

/** The resource that was written in another version, or group, that the rules of a webhook name. */
function equivalentOf(server: ServerContext, hook: Hook, attributes: AdmissionAttributes): ServedResource | undefined {
  const { resource } = attributes.request;
  for (const rule of hook.rules) {
    for (const group of named(rule, 'apiGroups', [resource.group])) {
      for (const version of named(rule, 'apiVersions', server.scheme.group(group)?.versions ?? [])) {
        const other = server.scheme.resource(group, version, resource.plural);
        if (other === undefined || other.prefix !== resource.prefix || other === resource) continue;
        if (ruleMatches(rule, attributes, other)) return other;
      }
    }
  }
  return undefined;
}

function named(rule: JsonObject, field: string, all: readonly string[]): readonly string[] {
  const names = listOf(rule[field]).map(textOf);
  return names.includes('*') ? all : names;
}
