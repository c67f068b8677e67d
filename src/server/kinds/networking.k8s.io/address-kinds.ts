import { isIPv4 } from 'node:net';
import { dns1123SubdomainProblems, pathSegmentNameProblems } from '../../../meta/index.js';
import { fieldsOf, listOf, textOf } from '../../../util/json-fields.js';
import { equal } from '../../../util/json-value.js';
import { internalEcho } from '../../go-text/echo.js';
import { type FieldError, invalidValue, required } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { strictCidrProblems, strictIpFault } from '../../validation/addresses.js';
import { pathNameProblems } from '../../validation/references.js';
import { keepAddress } from '../core/services/address-book.js';

const immutable = 'field is immutable';

/** IPAddresses: each is named by the address it stands for, and says what holds it. */
export const ipAddresses: Strategy = {
  // A service keeps its address, whoever deletes the object.
  released: (dropped, kept, request) => (kept === undefined ? keepAddress(dropped, request) : Promise.resolve()),
  generation: false,
  schemaChecked: false,
  name: (name) => {
    const fault = strictIpFault(name);
    return fault === undefined ? [] : [fault];
  },
  validateCreate: ({ spec }) => parentProblems(fieldsOf(spec).parentRef),
  validateUpdate: ({ spec }, old) => {
    const [now, before] = [spec, old.spec].map((one) => fieldsOf(one).parentRef);
    const shown = now === undefined ? null : internalEcho('networking/v1.ParentReference', now);
    const errors = parentProblems(now);
    return equal(now, before) ? errors : [...errors, invalidValue('spec.parentRef', shown, immutable)];
  },
};

function parentProblems(parent: unknown): FieldError[] {
  const path = 'spec.parentRef';
  if (parent === undefined) return [required(path, '')];
  const { group, resource, name, namespace } = fieldsOf(parent);
  const [groupName, space] = [textOf(group), textOf(namespace)];
  return [
    ...(groupName === '' ? [] : dns1123SubdomainProblems(groupName)).map((why) =>
      invalidValue(`${path}.group`, groupName, why),
    ),
    ...pathNameProblems(`${path}.resource`, resource),
    ...pathNameProblems(`${path}.name`, name),
    ...(space === '' ? [] : pathSegmentNameProblems(space)).map((why) => invalidValue(`${path}.namespace`, space, why)),
  ];
}

const cidrsPath = 'spec.cidrs';

/** ServiceCIDRs: one network, or one of each family. */
export const serviceCidrs: Strategy = {
  generation: false,
  schemaChecked: false,
  validateCreate: cidrsProblems,
  validateUpdate: (object, old) => {
    const [now, before] = [object.spec, old.spec].map((one) => listOf(fieldsOf(one).cidrs).map(textOf));
    if (now === undefined || before === undefined) return [];
    const changed = before.flatMap((cidr, at) =>
      cidr === now[at] ? [] : [invalidValue(`${cidrsPath}[${at}]`, now[at], immutable)],
    );
    if (now.length === before.length) return changed;
    // A second network may be added, so that services get addresses of both families.
    if (before.length === 1 && now.length === 2) return [...changed, ...cidrsProblems(object)];
    return [invalidValue(cidrsPath, now, immutable)];
  },
};

function cidrsProblems({ spec }: ServerObject): FieldError[] {
  const cidrs = listOf(fieldsOf(spec).cidrs).map(textOf);
  if (cidrs.length === 0) return [required(cidrsPath, 'at least one CIDR required')];
  if (cidrs.length > 2)
    return [
      invalidValue(cidrsPath, internalEcho('networking/v1.ServiceCIDRSpec', spec), 'may only hold up to 2 values'),
    ];
  const errors = cidrs.flatMap((cidr, at) => strictCidrProblems(`${cidrsPath}[${at}]`, cidr));
  const families = new Set(cidrs.map(familyOf));
  if (cidrs.length === 2 && families.size === 1 && !families.has(undefined)) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalidValue(cidrsPath, cidrs, why));
  }
  return errors;
}

function familyOf(cidr: string): 4 | 6 | undefined {
  if (isIPv4(cidr.split('/')[0] ?? '')) return 4;
  return cidr.includes(':') ? 6 : undefined;
}
