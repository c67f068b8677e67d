import { isIP } from 'node:net';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { setDefault } from '../../../object/set-default.js';
import { cidrProblems, cidrWarnings, isCidr } from '../../../validation/addresses.js';
import { labelSelectorProblems } from '../../../validation/label-selector-problems.js';
import { portNameProblems, portProblems } from '../../../validation/value-problems.js';

/** NetworkPolicies: which directions they are about follows from their rules. */
export const networkPolicies: Strategy = {
  generation: true,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    if (listOf(fields.policyTypes).length === 0) {
      fields.policyTypes = listOf(fields.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    }
    for (const rule of [...objectsOf(fields.ingress), ...objectsOf(fields.egress)]) {
      for (const port of objectsOf(rule.ports)) setDefault(port, 'protocol', 'TCP');
    }
  },
  warnings: ({ spec }) => {
    const directions = [
      ['ingress', 'from'],
      ['egress', 'to'],
    ] as const;
    return directions.flatMap(([direction, peers]) =>
      objectsOf(fieldsOf(spec)[direction]).flatMap((rule, index) =>
        objectsOf(rule[peers]).flatMap(({ ipBlock }, which) => {
          const at = `spec.${direction}[${index}].${peers}[${which}].ipBlock`;
          const { cidr, except } = fieldsOf(ipBlock);
          const inner = listOf(except).flatMap((one, place) => cidrWarnings(`${at}.except[${place}]`, textOf(one)));
          return [...cidrWarnings(`${at}.cidr`, textOf(cidr)), ...inner];
        }),
      ),
    );
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    const errors = labelSelectorProblems(fields.podSelector, 'spec.podSelector');
    for (const [direction, peers] of [
      ['ingress', 'from'],
      ['egress', 'to'],
    ] as const) {
      for (const [index, rule] of objectsOf(fields[direction]).entries()) {
        const at = `spec.${direction}[${index}]`;
        errors.push(...objectsOf(rule.ports).flatMap((port, which) => rulePortProblems(port, `${at}.ports[${which}]`)));
        errors.push(...objectsOf(rule[peers]).flatMap((peer, which) => peerProblems(peer, `${at}.${peers}[${which}]`)));
      }
    }
    return [...errors, ...typeProblems(listOf(fields.policyTypes))];
  },
};

const protocols = ['TCP', 'UDP', 'SCTP'];

function rulePortProblems({ protocol, port, endPort }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(textOf(protocol)))
    errors.push(notSupported(`${path}.protocol`, protocol, protocols));
  const end = numberOf(endPort);
  const complain = (value: unknown, why: string): void => void errors.push(invalidValue(`${path}.endPort`, value, why));
  if (typeof port === 'number') {
    errors.push(...portProblems(`${path}.port`, port));
    // The message shows the port, as that of the real server does.
    if (end !== undefined && end < port) complain(port, 'must be greater than or equal to `port`');
    if (end !== undefined) errors.push(...portProblems(`${path}.endPort`, end));
  } else if (port === undefined || port === null) {
    if (end !== undefined) complain(end, 'may not be specified when `port` is not specified');
  } else {
    if (end !== undefined) complain(end, 'may not be specified when `port` is non-numeric');
    errors.push(...portNameProblems(`${path}.port`, textOf(port)));
  }
  return errors;
}

function peerProblems({ podSelector, namespaceSelector, ipBlock }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = [podSelector, namespaceSelector, ipBlock].filter((one) => one !== undefined && one !== null).length;
  if (podSelector) errors.push(...labelSelectorProblems(podSelector, `${path}.podSelector`));
  if (namespaceSelector) errors.push(...labelSelectorProblems(namespaceSelector, `${path}.namespaceSelector`));
  if (ipBlock) errors.push(...blockProblems(fieldsOf(ipBlock), `${path}.ipBlock`));
  if (given === 0) errors.push(required(path, 'must specify a peer'));
  else if (given > 1 && ipBlock) errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function blockProblems(block: JsonObject, path: string): FieldError[] {
  const cidr = textOf(block.cidr);
  // The schema says that it has to be there.
  if (cidr === '') return [];
  const errors = cidrProblems(`${path}.cidr`, cidr);
  if (errors.length > 0) return errors;
  return listOf(block.except).flatMap((one, index) => {
    const [field, text] = [`${path}.except[${index}]`, textOf(one)];
    const wrong = cidrProblems(field, text);
    if (wrong.length > 0 || !isCidr(text)) return wrong;
    return isWithin(text, cidr) ? [] : [invalidValue(field, text, 'must be a strict subset of `cidr`')];
  });
}

/** Reports whether a network is a smaller part of another. */
function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [bitsOf(inner), bitsOf(outer)];
  return (
    a.total === b.total && a.length > b.length && a.value >> (a.total - b.length) === b.value >> (b.total - b.length)
  );
}

function bitsOf(cidr: string): { value: bigint; length: bigint; total: bigint } {
  const [address = '', length = '0'] = cidr.split('/');
  if (isIP(address) === 4) {
    const value = address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    return { value, length: BigInt(length), total: 32n };
  }
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  const value = [...front, ...middle, ...back].reduce((sum, part) => sum * 65_536n + BigInt(`0x${part}`), 0n);
  return { value, length: BigInt(length), total: 128n };
}

const directions = ['Ingress', 'Egress'];

function typeProblems(types: readonly unknown[]): FieldError[] {
  if (types.length > directions.length)
    return [invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  return types.flatMap((type, index) =>
    directions.includes(textOf(type)) ? [] : [notSupported(`spec.policyTypes[${index}]`, type, directions)],
  );
}
