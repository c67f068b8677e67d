import { fieldsOf, listOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue } from '../../../object/field-error.js';
import { familiesOf, familyOf, type IpFamily, type ServiceRanges } from '../../../object/service-ranges.js';
import { clusterIpProblems } from './service-validation.js';

const path = 'spec.ipFamilyPolicy';

/**
 * Sets the policy and the families of a service that is not an ExternalName. `before` is the stored service on update. Returns what is
 * wrong with what the client chose.
 */
export function settleFamilies(
  spec: JsonObject,
  before: JsonObject | undefined,
  ranges: ServiceRanges,
): readonly FieldError[] {
  // A service that takes what there is keeps it when the families of the cluster change.
  if (before !== undefined && prefersAsBefore(spec, before)) return [];
  const isFree = spec.clusterIP === 'None' && Object.keys(fieldsOf(spec.selector)).length === 0;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  const wrong = clusterIpProblems(spec);
  if (wrong.length > 0) return wrong;
  const errors = [
    ...(before === undefined ? [] : changeProblems(spec, before)),
    ...countProblems(spec),
    ...inferFamilies(spec, ranges),
  ];
  if (errors.length > 0) return errors;
  const [configured, policy] = [familiesOf(ranges), spec.ipFamilyPolicy];
  const families = listOf(spec.ipFamilies).map(textOf);
  // A headless service without a selector may be about anything, and so is of any family.
  if (!isFree) {
    const refused = unavailable(families, policy, configured);
    if (refused.length > 0) return refused;
  }
  const [first = configured[0] ?? 'IPv4'] = families;
  const isDual = families.length < 2 && policy !== 'SingleStack' && (isFree || configured.length === 2);
  spec.ipFamilies = isDual ? [first, other(first)] : [first, ...families.slice(1)];
  return [];
}

function prefersAsBefore(spec: JsonObject, before: JsonObject): boolean {
  const isAddressed = ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(textOf(spec.type));
  if (!isAddressed || spec.type !== before.type) return false;
  if (spec.ipFamilyPolicy !== 'PreferDualStack' || (before.ipFamilyPolicy ?? 'PreferDualStack') !== 'PreferDualStack')
    return false;
  return ['clusterIPs', 'ipFamilies'].every((field) => equal(spec[field] ?? [], before[field] ?? []));
}

/** Drops the second address and family of a service that becomes SingleStack. Others cannot lose them. */
function changeProblems(spec: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, what] of [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const) {
    const [now, was] = [listOf(spec[field]), listOf(before[field])];
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (equal(now, was) && now.length > 1) spec[field] = now.slice(0, 1);
    } else if (now.length > 0 && now.length < was.length) {
      errors.push(invalidValue(path, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`));
    }
  }
  return errors;
}

function countProblems({ ipFamilyPolicy: policy, clusterIPs, ipFamilies }: JsonObject): FieldError[] {
  if (policy !== 'SingleStack') return [];
  const needsTwo = (what: string): string =>
    `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  return [
    ...(listOf(clusterIPs).length === 2 ? [invalidValue(path, policy, needsTwo('cluster IPs'))] : []),
    ...(listOf(ipFamilies).length === 2 ? [invalidValue(path, policy, needsTwo('IP families'))] : []),
  ];
}

/** Adds the families of the addresses that the client chose. */
function inferFamilies(spec: JsonObject, ranges: ServiceRanges): FieldError[] {
  const [addresses, families] = [listOf(spec.clusterIPs).map(textOf), listOf(spec.ipFamilies).map(textOf)];
  const configured: readonly string[] = familiesOf(ranges);
  const errors: FieldError[] = [];
  for (const [index, address] of addresses.entries()) {
    if (address === 'None') break;
    if (index < families.length) continue;
    const family = familyOf(address);
    if (configured.includes(family)) families.push(family);
    else
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, addresses, `${family} is not configured on this cluster`));
  }
  spec.ipFamilies = families;
  return errors;
}

function unavailable(families: readonly string[], policy: unknown, configured: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (policy === 'RequireDualStack' && configured.length < 2)
    errors.push(invalidValue(path, policy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of families.entries()) {
    if (!configured.includes(family))
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  }
  return errors;
}

function other(family: string): IpFamily {
  return family === 'IPv4' ? 'IPv6' : 'IPv4';
}
