import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../util/json-value.js';
import type { ServerContext } from '../../object/server-context.js';
import { storageRange } from '../../scheme/storage-keys.js';
import { peekStored } from '../../scheme/stored-object.js';
import type { KeyValue } from '../../storage/storage.js';

/** One webhook of a configuration. */
export interface Hook {
  /** Tells it from all others. */
  readonly id: string;
  /** The name of its configuration. */
  readonly configuration: string;
  readonly name: string;
  readonly clientConfig: JsonObject;
  readonly rules: readonly JsonObject[];
  /** `namespaceSelector` and `objectSelector`. */
  readonly selectors: JsonObject;
  readonly matchConditions: readonly JsonObject[];
  /** True if the webhook also matches the same resource in another version. */
  readonly equivalent: boolean;
  /** True if a write continues when the webhook cannot be reached. */
  readonly failsOpen: boolean;
  readonly timeoutSeconds: number;
  /** True if the webhook accepts dry runs; undefined if the configuration does not say. */
  readonly takesDryRun: boolean | undefined;
  readonly reviewVersions: readonly string[];
  /** True if the webhook runs again after a later one changed the object. */
  readonly reinvoked: boolean;
}

/** The kinds of configurations, by plural. */
export type HookKind = 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations';

const parsed = new WeakMap<KeyValue, readonly Hook[]>();

/** All webhooks of a kind, in the order they are asked: by the name of their configuration, then as they stand there. */
export async function hooksOf({ scheme, storage }: ServerContext, plural: HookKind): Promise<readonly Hook[]> {
  const resource = scheme.resource('admissionregistration.k8s.io', 'v1', plural);
  if (resource === undefined) return [];
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await storage.range(start, end);
  return kvs.flatMap((kv) => {
    let hooks = parsed.get(kv);
    if (hooks === undefined) {
      const { metadata, webhooks } = peekStored(kv, resource);
      hooks = objectsOf(webhooks).map((webhook, index) => read(webhook, metadata.name ?? '', index));
      parsed.set(kv, hooks);
    }
    return hooks;
  });
}

function read(webhook: JsonObject, configuration: string, index: number): Hook {
  const { namespaceSelector, objectSelector, sideEffects } = webhook;
  return {
    id: `${configuration} ${index}`,
    configuration,
    name: textOf(webhook.name),
    clientConfig: fieldsOf(webhook.clientConfig),
    rules: objectsOf(webhook.rules),
    selectors: {
      ...(isObject(namespaceSelector) && { namespaceSelector }),
      ...(isObject(objectSelector) && { objectSelector }),
    },
    matchConditions: objectsOf(webhook.matchConditions),
    equivalent: webhook.matchPolicy !== 'Exact',
    failsOpen: webhook.failurePolicy === 'Ignore',
    timeoutSeconds: numberOf(webhook.timeoutSeconds) ?? 10,
    takesDryRun: typeof sideEffects === 'string' ? sideEffects === 'None' || sideEffects === 'NoneOnDryRun' : undefined,
    reviewVersions: listOf(webhook.admissionReviewVersions).map(textOf),
    reinvoked: webhook.reinvocationPolicy === 'IfNeeded',
  };
}
