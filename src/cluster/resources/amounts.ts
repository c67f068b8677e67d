import { parseQuantity, type Quantity } from '../../meta/index.js';

/** A resource list as the API writes it. */
export type QuantityList = { readonly [resource: string]: Quantity };

/** Amounts of resources by name: CPU in thousandths of a core, everything else in its base unit. */
export type Amounts = Record<string, number>;

/** Reads one quantity in the unit that `Amounts` counts the resource in, rounded up. */
function amountOf(resource: string, quantity: Quantity): number {
  const parsed = parseQuantity(quantity);
  return Number(resource === 'cpu' ? parsed.milliValue() : parsed.value());
}

/** Reads a resource list. */
export function amountsOf(list: QuantityList | undefined): Amounts {
  const amounts: Amounts = {};
  for (const [resource, quantity] of Object.entries(list ?? {})) amounts[resource] = amountOf(resource, quantity);
  return amounts;
}

/** Adds `more` to `total`, in place. */
export function addAmounts(total: Amounts, more: Amounts): void {
  for (const resource in more) total[resource] = (total[resource] ?? 0) + (more[resource] ?? 0);
}

/** Subtracts `less` from `total`, in place. */
export function subtractAmounts(total: Amounts, less: Amounts): void {
  for (const resource in less) total[resource] = (total[resource] ?? 0) - (less[resource] ?? 0);
}

/** Raises each amount in `total` to the one in `other` where that is greater, in place. */
export function raiseAmounts(total: Amounts, other: Amounts): void {
  for (const resource in other) total[resource] = Math.max(total[resource] ?? 0, other[resource] ?? 0);
}
