import { compareQuantities, type ParsedQuantity, toQuantity } from '../../../../meta/index.js';
import { fieldsOf, objectsOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';

/** Amounts by the name of the resource. */
export type Amounts = { readonly [name: string]: ParsedQuantity };

/** The amounts in a field such as `requests`. */
export function amountsOf(value: unknown): Amounts {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([name, amount]) => [name, toQuantity(String(amount))]),
  );
}

/** Two lists of amounts as one. */
export function plus(a: Amounts, b: Amounts): Amounts {
  const out: { [name: string]: ParsedQuantity } = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const present = out[name];
    out[name] = present === undefined ? amount : present.value() === 0n ? amount.add(present) : present.add(amount);
  }
  return out;
}

function larger(a: Amounts, b: Amounts): Amounts {
  const out: { [name: string]: ParsedQuantity } = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const present = out[name];
    if (present === undefined || compareQuantities(present, amount) < 0) out[name] = amount;
  }
  return out;
}

/**
 * Returns the requests or limits of a pod's containers: the greater of two amounts. One is that of the containers that run together, with
 * the sidecars that start before them. The other is the need of the init containers, one after the other.
 */
export function containerAmounts(spec: JsonObject, kind: 'requests' | 'limits'): Amounts {
  const of = (container: JsonObject): Amounts => amountsOf(fieldsOf(container.resources)[kind]);
  let total = objectsOf(spec.containers).map(of).reduce(plus, {});
  let staying: Amounts = {};
  let starting: Amounts = {};
  for (const container of objectsOf(spec.initContainers)) {
    if (container.restartPolicy === 'Always') {
      total = plus(total, of(container));
      staying = plus(staying, of(container));
      starting = larger(starting, staying);
    } else starting = larger(starting, plus(staying, of(container)));
  }
  return larger(total, starting);
}

/** Returns the requests or limits of a pod: its own, or those of its containers, and the overhead of its runtime. */
export function podAmounts(spec: JsonObject, kind: 'requests' | 'limits'): Amounts {
  const total = { ...containerAmounts(spec, kind), ...amountsOf(fieldsOf(spec.resources)[kind]) };
  if (spec.overhead === undefined) return total;
  const overhead = Object.entries(amountsOf(spec.overhead));
  return plus(
    total,
    Object.fromEntries(kind === 'requests' ? overhead : overhead.filter(([name]) => total[name] !== undefined)),
  );
}
