import { compareQuantities, parseQuantity, qualifiedNameProblems } from '../../meta/index.js';
import { fieldsOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, required } from '../object/field-error.js';
import { isWhole } from './value-problems.js';

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const objectCounts = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const quotaResources = new Set([
  ...objectCounts,
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

/** Reports whether a resource is a size of huge pages. */
export const isHugePage = (name: string): boolean => name.startsWith('hugepages-');

/** Reports whether a name without a prefix is one of Kubernetes' own. */
function isStandard(name: string): boolean {
  return quotaResources.has(name) || isHugePage(name) || name === 'storage';
}

/** Resources of devices: their names have a prefix that is not Kubernetes' own. */
function isExtended(name: string): boolean {
  return name.includes('/') && !/^([^/]*\.)?kubernetes\.io\//.test(name) && !name.startsWith('requests.');
}

/** Reports whether a name is one of an extended resource that a quota can name too. */
export function isExtendedResourceName(name: string): boolean {
  return isExtended(name) && qualifiedNameProblems(`requests.${name}`).length === 0;
}

/** Validates the name of a resource in any place. */
export function resourceNameProblems(field: string, name: string): FieldError[] {
  const errors = qualifiedNameProblems(name).map((why) => invalidValue(field, name, why));
  if (errors.length > 0 || name.includes('/') || isStandard(name)) return errors;
  return [invalidValue(field, name, 'must be a standard resource type or fully qualified')];
}

/** Validates the name of a resource in a quota. */
export function quotaNameProblems(field: string, name: string): FieldError[] {
  const errors = resourceNameProblems(field, name);
  if (!name.includes('/') && !quotaResources.has(name) && !/^(requests\.)?hugepages-/.test(name))
    errors.push(invalidValue(field, name, 'must be a standard resource for quota'));
  return errors;
}

/** Validates an amount: it is not negative, and a count is whole. */
export function amountProblems(field: string, name: string, value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const amount = parseQuantity(String(value));
  if (amount.sign < 0) errors.push(invalidValue(field, amount.toString(), 'must be greater than or equal to 0'));
  if ((objectCounts.has(name) || isExtendedResourceName(name)) && !isWhole(value))
    errors.push(invalidValue(field, amount.toString(), 'must be an integer'));
  return errors;
}

/** Validates the name of a resource that containers use. */
export function containerResourceNameProblems(field: string, name: string): FieldError[] {
  const errors = resourceNameProblems(field, name);
  if (!name.includes('/') && !containerResources.has(name) && !isHugePage(name))
    errors.push(invalidValue(field, name, 'must be a standard resource for containers'));
  // What a quota of it would be called has to be a name as well.
  if (isExtended(name) && !isExtendedResourceName(name))
    errors.push(invalidValue(field, name, "doesn't follow extended resource name standard"));
  return errors;
}

/** Validates the requests and limits of a container; `nameProblems` validates the names of resources. */
export function resourceProblems(
  resources: JsonObject,
  path: string,
  nameProblems: (field: string, name: string) => FieldError[] = containerResourceNameProblems,
): FieldError[] {
  const [limits, requests] = [fieldsOf(resources.limits), fieldsOf(resources.requests)];
  const oneProblems = (field: string, name: string, value: unknown): FieldError[] => [
    ...nameProblems(field, name),
    ...amountProblems(field, name, value),
  ];
  const errors = Object.entries(limits).flatMap(([name, value]) => [
    ...oneProblems(`${path}.limits[${name}]`, name, value),
    ...pageProblems(`${path}.limits[${name}]`, name, value),
  ]);
  for (const [name, request] of Object.entries(requests)) {
    errors.push(...oneProblems(`${path}.requests[${name}]`, name, request));
    errors.push(...overcommitProblems(name, request, limits[name], path));
    errors.push(...pageProblems(`${path}.requests[${name}]`, name, request));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePage) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  return errors;
}

/** Huge pages come whole. */
function pageProblems(field: string, name: string, value: unknown): FieldError[] {
  if (!isHugePage(name)) return [];
  const [size, amount] = [name.slice('hugepages-'.length), parseQuantity(String(value))];
  const page = /^[0-9]+[A-Za-z]*$/.test(size) ? parseQuantity(size).value() : 0n;
  if (page > 0n && amount.value() % page === 0n) return [];
  return [invalidValue(field, amount.toString(), `${amount} is not positive integer multiple of ${name}`)];
}

/** Reports whether a resource cannot be overcommitted: a device, or huge pages. */
export function isFixed(name: string): boolean {
  return isExtended(name) || isHugePage(name);
}

/** Devices and huge pages cannot be promised twice: their request is their limit. Others are at most their limit. */
function overcommitProblems(name: string, request: unknown, limit: unknown, path: string): FieldError[] {
  const fixed = isFixed(name);
  if (limit === undefined) {
    return fixed ? [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')] : [];
  }
  const order = compareQuantities(String(request), String(limit));
  if (order > 0 || (fixed && order !== 0)) {
    const bound = parseQuantity(String(limit)).toString();
    const why = fixed
      ? `must be equal to ${name} limit of ${bound}`
      : `must be less than or equal to ${name} limit of ${bound}`;
    return [invalidValue(`${path}.requests`, parseQuantity(String(request)).toString(), why)];
  }
  return [];
}
