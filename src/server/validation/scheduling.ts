import { dns1123LabelProblems, dns1123SubdomainProblems, labelValueProblems } from '../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../object/field-error.js';
import { labelSelectorProblems, requirementProblems } from './label-selector-problems.js';
import { qualifiedProblems } from './value-problems.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Checks a list of tolerations. */
export function tolerationProblems(tolerations: unknown, path: string): FieldError[] {
  return objectsOf(tolerations).flatMap((toleration, index) => {
    const at = `${path}[${index}]`;
    const [key, operator, value] = [textOf(toleration.key), textOf(toleration.operator), textOf(toleration.value)];
    const errors = key === '' ? [] : qualifiedProblems(`${at}.key`, key);
    if (key === '' && operator !== 'Exists') {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(`${at}.operator`, operator, why));
    }
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute') {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalidValue(`${at}.effect`, textOf(toleration.effect), why));
    }
    errors.push(...operatorProblems(operator, value, `${at}.operator`));
    const effect = textOf(toleration.effect);
    if (effect !== '' && !effects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, effects));
    return errors;
  });
}

function operatorProblems(operator: string, value: string, field: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const faults = labelValueProblems(value);
      return faults.length > 0 ? [invalidValue(field, value, faults.join(';'))] : [];
    }
    case 'Exists':
      return value === '' ? [] : [invalidValue(field, value, "value must be empty when `operator` is 'Exists'")];
    case 'Lt':
    case 'Gt':
      return [notSupported(field, operator, ['Equal', 'Exists', 'Lt', 'Gt'])];
    default:
      return [notSupported(field, operator, ['Equal', 'Exists'])];
  }
}

const mandatory = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Validates the nodes and pods that a pod has to be near to or apart from. */
export function affinityProblems(affinity: JsonObject, path: string): FieldError[] {
  const errors = nodeAffinityProblems(fieldsOf(affinity.nodeAffinity), `${path}.nodeAffinity`);
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const one = fieldsOf(affinity[kind]);
    for (const [index, term] of objectsOf(one[mandatory]).entries())
      errors.push(...podTermProblems(term, `${path}.${kind}.${mandatory}[${index}]`));
    for (const [index, term] of objectsOf(one[preferred]).entries()) {
      const at = `${path}.${kind}.${preferred}[${index}]`;
      errors.push(...weightProblems(term, at));
      errors.push(...podTermProblems(fieldsOf(term.podAffinityTerm), `${at}.podAffinityTerm`));
    }
  }
  return errors;
}

function nodeAffinityProblems(affinity: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const selector = affinity[mandatory];
  if (selector !== undefined && selector !== null)
    errors.push(...nodeSelectorProblems(fieldsOf(selector), `${path}.${mandatory}`));
  for (const [index, term] of objectsOf(affinity[preferred]).entries()) {
    const at = `${path}.${preferred}[${index}]`;
    // What is only preferred may name values that no label can have.
    errors.push(...weightProblems(term, at), ...nodeTermProblems(fieldsOf(term.preference), `${at}.preference`, false));
  }
  return errors;
}

/** Validates a node selector, in pods and in volumes. */
export function nodeSelectorProblems(selector: JsonObject, path: string): FieldError[] {
  const terms = objectsOf(selector.nodeSelectorTerms);
  if (terms.length === 0) return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => nodeTermProblems(term, `${path}.nodeSelectorTerms[${index}]`));
}

function nodeTermProblems(term: JsonObject, path: string, checksValues = true): FieldError[] {
  const labels = objectsOf(term.matchExpressions).flatMap((one, index) =>
    requirementProblems(one, `${path}.matchExpressions[${index}]`, { ofNodes: true, checksValues }),
  );
  const fields = objectsOf(term.matchFields).flatMap((one, index) => {
    const at = `${path}.matchFields[${index}]`;
    const values = listOf(one.values).map(textOf);
    const errors: FieldError[] = [];
    if (one.operator !== 'In' && one.operator !== 'NotIn')
      errors.push(invalidValue(`${at}.operator`, textOf(one.operator), 'not a valid selector operator'));
    else if (values.length !== 1) {
      const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(`${at}.values`, why));
    }
    if (one.key !== 'metadata.name')
      return [...errors, invalidValue(`${at}.key`, textOf(one.key), 'not a valid field selector key')];
    const names = values.flatMap((name, which) =>
      dns1123SubdomainProblems(name).map((why) => invalidValue(`${at}.values[${which}]`, name, why)),
    );
    return [...errors, ...names];
  });
  return [...labels, ...fields];
}

function weightProblems(term: JsonObject, path: string): FieldError[] {
  const weight = numberOf(term.weight) ?? 0;
  return weight < 1 || weight > 100 ? [invalidValue(`${path}.weight`, weight, 'must be in the range 1-100')] : [];
}

/** Keys whose values of the pod itself go into a selector: names of labels, beside a selector, in one list only. */
function labelKeyProblems(owner: JsonObject, path: string, lists: readonly string[]): FieldError[] {
  const keysOf = (list: string): string[] => listOf(owner[list]).map(textOf);
  const selector = owner.labelSelector;
  const errors = lists.flatMap((list) => {
    const keys = keysOf(list);
    if (keys.length === 0) return [];
    if (selector === undefined || selector === null)
      return [forbiddenField(`${path}.${list}`, 'must not be specified when labelSelector is not set')];
    return keys.flatMap((key, index) => qualifiedProblems(`${path}.${list}[${index}]`, key));
  });
  const [first = '', second] = lists;
  const twice = second === undefined ? [] : keysOf(second);
  return [
    ...errors,
    ...keysOf(first).flatMap((key, index) =>
      twice.includes(key)
        ? [invalidValue(`${path}.${first}[${index}]`, key, `exists in both ${first} and ${second}`)]
        : [],
    ),
  ];
}

function topologyProblems({ topologyKey }: JsonObject, path: string): FieldError[] {
  return textOf(topologyKey) === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : [];
}

function podTermProblems(term: JsonObject, path: string): FieldError[] {
  return [
    ...labelSelectorProblems(term.labelSelector, `${path}.labelSelector`),
    ...labelSelectorProblems(term.namespaceSelector, `${path}.namespaceSelector`),
    ...listOf(term.namespaces)
      .map(textOf)
      .flatMap((name) => dns1123LabelProblems(name).map((why) => invalidValue(`${path}.namespace`, name, why))),
    ...labelKeyProblems(term, path, ['matchLabelKeys', 'mismatchLabelKeys']),
    ...topologyProblems(term, path),
    ...qualifiedProblems(`${path}.topologyKey`, textOf(term.topologyKey)),
  ];
}

const scheduleActions = ['DoNotSchedule', 'ScheduleAnyway'];
const nodePolicies = ['Honor', 'Ignore'];

/** Validates the constraints by which pods spread over nodes. */
export function spreadProblems(spec: JsonObject, path: string): FieldError[] {
  const constraints = objectsOf(spec.topologySpreadConstraints);
  return constraints.flatMap((constraint, index) => {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const { topologyKey, whenUnsatisfiable } = constraint;
    const errors: FieldError[] = [];
    const skew = numberOf(constraint.maxSkew) ?? 0;
    if (skew <= 0) errors.push(invalidValue(`${at}.maxSkew`, skew, 'must be greater than zero'));
    errors.push(...topologyProblems(constraint, at));
    if (!scheduleActions.includes(textOf(whenUnsatisfiable)))
      errors.push(notSupported(`${at}.whenUnsatisfiable`, textOf(whenUnsatisfiable), scheduleActions));
    const again = constraints
      .slice(index + 1)
      .some((one) => one.topologyKey === topologyKey && one.whenUnsatisfiable === whenUnsatisfiable);
    if (again) {
      const pair = `{${textOf(topologyKey)}, ${textOf(whenUnsatisfiable)}}`;
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    }
    const domains = numberOf(constraint.minDomains);
    if (domains !== undefined && domains <= 0)
      errors.push(invalidValue(`${at}.minDomains`, domains, 'must be greater than zero'));
    if (domains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${textOf(whenUnsatisfiable)}`;
      errors.push(invalidValue(`${at}.minDomains`, domains, why));
    }
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'])
      if (constraint[policy] !== undefined && !nodePolicies.includes(textOf(constraint[policy])))
        errors.push(notSupported(`${at}.${policy}`, textOf(constraint[policy]), nodePolicies));
    return [
      ...errors,
      ...labelKeyProblems(constraint, at, ['matchLabelKeys']),
      ...labelSelectorProblems(constraint.labelSelector, `${at}.labelSelector`),
    ];
  });
}

/** Validates the gates that hold a pod back. */
export function gateProblems(spec: JsonObject, path: string): FieldError[] {
  const names = new Set<string>();
  return objectsOf(spec.schedulingGates).flatMap((gate, index) => {
    const at = `${path}.schedulingGates[${index}]`;
    const name = textOf(gate.name);
    const errors = qualifiedProblems(at, name);
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    return errors;
  });
}
