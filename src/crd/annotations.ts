import { z } from 'zod';
import type { ValidationRule } from './json-schema-props.js';

/** The server's part of a check that was made here, beside its part in zod. */
export type CheckAnnotation =
  | { readonly kind: 'rule'; readonly rule: ValidationRule }
  | { readonly kind: 'list'; readonly type: 'atomic' | 'set' | 'map'; readonly keys: readonly string[] };

const annotations = new WeakMap<object, CheckAnnotation>();

/** Returns the server's part of a check, or undefined for checks from zod or from others. */
export function annotationOf(check: object): CheckAnnotation | undefined {
  return annotations.get(check);
}

function annotate<T>(annotation: CheckAnnotation, run: (payload: z.core.ParsePayload<T>) => void): z.core.$ZodCheck<T> {
  const check = z.check<T>(run);
  annotations.set(check, annotation);
  return check;
}

/** The options of `rule` beside the expression. */
export interface RuleOptions<T> extends Omit<ValidationRule, 'rule'> {
  /** The same rule in TypeScript, for `parse` on this side. Without it only the server checks the rule. */
  readonly test?: ((value: T) => boolean) | undefined;
}

/**
 * A rule in CEL for the server to check, at any schema: `z.object({…}).check(rule('self.min <= self.max', { message: '…' }))`. It becomes
 * an element of `x-kubernetes-validations` (https://kubernetes.io/docs/reference/using-api/cel/). zod cannot run CEL: give
 * `test` to have the rule checked on this side too. Rules about `oldSelf` hold for updates only.
 */
export function rule<T>(expression: string, options: RuleOptions<T> = {}): z.core.$ZodCheck<T> {
  const { test, ...rest } = options;
  const message = rest.message ?? `failed rule: ${expression.trim()}`;
  return annotate({ kind: 'rule', rule: { rule: expression, ...rest } }, (payload) => {
    if (test === undefined || test(payload.value)) return;
    payload.issues.push({ code: 'custom', message, input: payload.value });
  });
}

/** A list that is one value to server-side apply: whoever sets it owns all of it. What lists are by default. */
export function listAtomic(): z.core.$ZodCheck<readonly unknown[]> {
  return annotate({ kind: 'list', type: 'atomic', keys: [] }, () => {});
}

/** A list of which each item is there once, and may be owned by itself (`x-kubernetes-list-type: set`). For scalars. */
export function listSet(): z.core.$ZodCheck<readonly unknown[]> {
  return annotate({ kind: 'list', type: 'set', keys: [] }, (payload) => {
    const { value } = payload;
    refuseRepeated(
      payload,
      value.map((item) => canonical(item)),
    );
  });
}

/**
 * A list of objects told apart by these fields (`x-kubernetes-list-type: map`): each combination is there once, and each item may be
 * owned by itself: `z.array(port).check(listMap('name'))`. The fields are scalars that are required or have a default.
 */
export function listMap(...keys: readonly [string, ...string[]]): z.core.$ZodCheck<readonly object[]> {
  return annotate({ kind: 'list', type: 'map', keys }, (payload) => {
    const { value } = payload;
    refuseRepeated(
      payload,
      value.map((item) =>
        canonical(keys.map((key) => (Object.hasOwn(item, key) ? Reflect.get(item, key) : undefined))),
      ),
    );
  });
}

function refuseRepeated(payload: z.core.ParsePayload<readonly unknown[]>, texts: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) {
      payload.issues.push({ code: 'custom', message: 'Duplicate value', path: [index], input: payload.value[index] });
    }
    seen.add(text);
  }
}

/** The JSON of a value with its fields in order, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify([value], (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** A port or a count that may be a whole number or a text, such as `8080`, `"http"` or `"25%"` (`x-kubernetes-int-or-string`). */
export function intOrString(): z.ZodUnion<readonly [z.ZodInt, z.ZodString]> {
  return z.union([z.int(), z.string()]);
}
