import type { Container, ResourceFieldSelector } from '../../../../generated/core/v1.js';
import { type DeepReadonly, parseQuantity, type Quantity } from '../../../meta/index.js';

/** The resources of a node, which stand for limits that a container does not set. */
export type NodeResources = Readonly<Record<string, Quantity>>;

/** Reads the resource that a `resourceFieldRef` names, divided by its divisor and rounded up. Returns undefined for unknown resources. */
export function resourceFieldValue(
  container: DeepReadonly<Container>,
  { resource, divisor }: DeepReadonly<ResourceFieldSelector>,
  allocatable: NodeResources,
): string | undefined {
  const [, list, name = ''] = /^(limits|requests)\.(.+)$/.exec(resource) ?? [];
  if (list === undefined) return undefined;
  const { limits, requests } = container.resources ?? {};
  const limit = limits?.[name] ?? allocatable[name];
  const quantity = list === 'limits' ? limit : (requests?.[name] ?? limits?.[name]);
  const by = divisor === undefined || isZero(divisor) ? '1' : divisor;
  const milli = parseQuantity(quantity ?? '0').milliValue();
  const each = parseQuantity(by).milliValue();
  return String(each === 0n ? 0n : (milli + each - 1n) / each);
}

function isZero(quantity: Quantity): boolean {
  return parseQuantity(quantity).milliValue() === 0n;
}
