import { compareQuantities, parseQuantity } from '../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../util/json-value.js';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../../object/field-error.js';
import type { Strategy } from '../../object/server-context.js';
import { setDefault } from '../../object/set-default.js';
import { newUid } from '../../object/system-fields.js';
import {
  amountProblems,
  containerResourceNameProblems,
  isFixed,
  quotaNameProblems,
  resourceNameProblems,
} from '../../validation/resources.js';
import { qualifiedProblems } from '../../validation/value-problems.js';

/** ResourceQuotas: what they count has a name, and is never less than nothing. */
export const resourceQuotas: Strategy = {
  generation: false,
  returnsDeleted: true,
  schemaChecked: false,
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    return [...amountListProblems(fields.hard, 'spec.hard'), ...scopeProblems(fields), ...selectorProblems(fields)];
  },
  warnings: ({ spec }, old) => (old === undefined ? quotaWarnings(fieldsOf(fieldsOf(spec).hard)) : []),
  validateUpdate: ({ spec }, old) => {
    const scopes = (from: unknown): string[] => [...new Set(listOf(fieldsOf(from).scopes).map(textOf))].sort();
    return equal(scopes(spec), scopes(old.spec))
      ? []
      : [invalidValue('spec.scopes', fieldsOf(spec).scopes ?? null, 'field is immutable')];
  },
  validateSubresource: (subresource, { status }) =>
    subresource === 'status'
      ? ['hard', 'used'].flatMap((list) => amountListProblems(fieldsOf(status)[list], `status.${list}`))
      : [],
};

/** A quota that lets more be requested than be limited. */
function quotaWarnings(hard: JsonObject): string[] {
  return ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => {
    const plain = name !== 'ephemeral-storage' && hard[`requests.${name}`] === undefined;
    const [asked, bound] = [plain ? name : `requests.${name}`, `limits.${name}`];
    const [request, limit] = [hard[asked], hard[bound]];
    if (request === undefined || limit === undefined || compareQuantities(String(request), String(limit)) <= 0)
      return [];
    return [`ResourceQuota ${asked} (${String(request)}) should be less than ${bound} (${String(limit)})`];
  });
}

function amountListProblems(amounts: unknown, path: string): FieldError[] {
  return Object.entries(fieldsOf(amounts)).flatMap(([name, value]) => {
    const at = `${path}[${name}]`;
    return [...quotaNameProblems(at, name), ...amountProblems(at, name, value)];
  });
}

const ofPods = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const ofClaims = ['persistentvolumeclaims', 'requests.storage'];
/** The resources that a quota with a scope can limit. */
const scopes: { readonly [scope: string]: readonly string[] } = {
  Terminating: ofPods,
  NotTerminating: ofPods,
  BestEffort: ['pods'],
  NotBestEffort: ofPods,
  PriorityClass: ofPods,
  CrossNamespacePodAffinity: ofPods,
  VolumeAttributesClass: ofClaims,
};
const standard = new Set([...ofPods, ...ofClaims, 'services', 'replicationcontrollers', 'resourcequotas', 'secrets']);
for (const name of ['configmaps', 'services.nodeports', 'services.loadbalancers', 'ephemeral-storage'])
  standard.add(name);
for (const kind of ['requests', 'limits']) standard.add(`${kind}.ephemeral-storage`);
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** Why a scope does not go with what a quota limits. */
function scopeComplaints(scope: string, hard: unknown): string[] {
  const limited = Object.keys(fieldsOf(hard)).filter((name) => standard.has(name));
  const own = Object.hasOwn(scopes, scope) ? scopes[scope] : undefined;
  return limited
    .filter((name) => own !== undefined && !own.includes(name))
    .map(() => 'unsupported scope applied to resource');
}

function scopeProblems(spec: JsonObject): FieldError[] {
  const given = listOf(spec.scopes).map(textOf);
  const complaints = given.flatMap((scope) => [
    ...(Object.hasOwn(scopes, scope) ? [] : ['unsupported scope']),
    ...scopeComplaints(scope, spec.hard),
  ]);
  for (const [one, other] of opposites)
    if (given.includes(one) && given.includes(other)) complaints.push('conflicting scopes');
  return complaints.map((why) => invalidValue('spec.scopes', given, why));
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function selectorProblems(spec: JsonObject): FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const errors = objectsOf(fieldsOf(spec.scopeSelector).matchExpressions).flatMap((requirement) => {
    const [scope, operator] = [textOf(requirement.scopeName), textOf(requirement.operator)];
    const values = listOf(requirement.values);
    const found = Object.hasOwn(scopes, scope) ? [] : [invalidValue(`${at}.scopeName`, scope, 'unsupported scope')];
    found.push(
      ...scopeComplaints(scope, spec.hard).map((why) => invalidValue(at, shownSelector(spec.scopeSelector), why)),
    );
    if (Object.hasOwn(scopes, scope) && !scope.endsWith('Class') && operator !== 'Exists') {
      const why =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      found.push(invalidValue(`${at}.operator`, operator, why));
    }
    if (!operators.includes(operator))
      found.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      found.push(required(`${at}.values`, why));
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      found.push(invalidValue(`${at}.values`, values, why));
    }
    return found;
  });
  return errors;
}

/** The selector by the names the real server's own type has. */
function shownSelector(selector: unknown): JsonObject {
  const shown = objectsOf(fieldsOf(selector).matchExpressions).map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName ?? '',
    Operator: operator ?? '',
    Values: values ?? null,
  }));
  return { MatchExpressions: shown };
}

/** LimitRanges: limits say what is requested where nobody says. */
export const limitRanges: Strategy = {
  // A LimitRange without a name gets one that is as good as unique.
  prepareForCreate: ({ metadata }, { server }) => {
    if ((metadata.name ?? '') === '') metadata.name = newUid(server.random);
  },
  createOnUpdate: true,
  schemaChecked: false,
  defaults: ({ spec }) => {
    for (const limit of objectsOf(fieldsOf(spec).limits)) {
      if (limit.type !== 'Container') continue;
      const fallback = fieldsOf(limit.default);
      const request = fieldsOf(limit.defaultRequest);
      for (const [name, value] of Object.entries(fieldsOf(limit.max))) setDefault(fallback, name, value);
      for (const [name, value] of Object.entries(fallback)) setDefault(request, name, value);
      for (const [name, value] of Object.entries(fieldsOf(limit.min))) setDefault(request, name, value);
      if (Object.keys(fallback).length > 0) limit.default = fallback;
      if (Object.keys(request).length > 0) limit.defaultRequest = request;
    }
  },
  validate: ({ spec }) => {
    const types = new Set<string>();
    return objectsOf(fieldsOf(spec).limits).flatMap((limit, index) => {
      const at = `spec.limits[${index}]`;
      const type = textOf(limit.type);
      const errors = limitTypeProblems(type, `${at}.type`);
      if (types.has(type)) errors.push(duplicate(`${at}.type`, type));
      types.add(type);
      return [...errors, ...limitProblems(limit, at)];
    });
  },
};

/** Pairs of bounds: the first must not be above the second, and the complaint is about the field and in the words given. */
const orders = [
  ['min', 'max', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min value', 'default value'],
  ['default', 'max', 'default', 'default value', 'max value'],
] as const;

const bounds = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];

/** Validates the type of a limit: one of Kubernetes' own, or a qualified name. */
function limitTypeProblems(type: string, field: string): FieldError[] {
  const errors = qualifiedProblems(field, type);
  if (errors.length > 0 || type.includes('/') || ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
    return errors;
  return [invalidValue(field, type, 'must be a standard limit type or fully qualified')];
}

function limitProblems(limit: JsonObject, path: string): FieldError[] {
  // Of what pods have no defaults of, none are looked at.
  const looked = limit.type === 'Pod' ? bounds.filter((bound) => !bound.startsWith('default')) : bounds;
  const names = new Set(looked.flatMap((bound) => Object.keys(fieldsOf(limit[bound]))));
  const rule =
    limit.type === 'Pod' || limit.type === 'Container' ? containerResourceNameProblems : resourceNameProblems;
  const errors = looked.flatMap((bound) =>
    Object.keys(fieldsOf(limit[bound])).flatMap((name) => rule(`${path}.${bound}[${name}]`, name)),
  );
  const sized = ['min', 'max'].some((bound) => fieldsOf(limit[bound]).storage !== undefined);
  if (limit.type === 'PersistentVolumeClaim' && !sized) {
    const why = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${path}.limits`, why));
  }
  for (const bound of ['default', 'defaultRequest']) {
    if (limit.type === 'Pod' && Object.keys(fieldsOf(limit[bound])).length > 0)
      errors.push(forbiddenField(`${path}.${bound}`, "may not be specified when `type` is 'Pod'"));
  }
  for (const name of names) {
    const values = Object.fromEntries(looked.map((bound) => [bound, fieldsOf(limit[bound])[name]]));
    for (const [low, high, about, lowWord, highWord] of orders) {
      const [below, above] = [values[low], values[high]];
      if (below === undefined || above === undefined) continue;
      if (compareQuantities(String(below), String(above)) <= 0) continue;
      const [lowText, highText] = [parseQuantity(String(below)).toString(), parseQuantity(String(above)).toString()];
      const why = `${lowWord} ${lowText} is greater than ${highWord} ${highText}`;
      // The real server shows the bound here, though the default is what it complains of.
      const shown = about !== 'default' ? values[about] : low === 'min' ? below : above;
      errors.push(invalidValue(`${path}.${about}[${name}]`, String(shown), why));
    }
    const ratio = values.maxLimitRequestRatio;
    if (ratio !== undefined && compareQuantities(String(ratio), '1') < 0)
      errors.push(
        invalidValue(`${path}.maxLimitRequestRatio[${name}]`, String(ratio), `ratio ${String(ratio)} is less than 1`),
      );
    errors.push(...ratioProblems(values, `${path}.maxLimitRequestRatio[${name}]`));
    errors.push(...fixedProblems(values, name, `${path}.defaultRequest[${name}]`));
  }
  return errors;
}

type Bounds = { readonly [bound: string]: unknown };

/** A ratio that not even the bounds reach. */
function ratioProblems({ maxLimitRequestRatio: ratio, min, max }: Bounds, field: string): FieldError[] {
  if (ratio === undefined || min === undefined || max === undefined) return [];
  const milli = (of: unknown): number => Number(parseQuantity(String(of)).milliValue());
  const most = milli(max) / milli(min);
  if (milli(ratio) / 1_000 <= most) return [];
  return [invalidValue(field, String(ratio), `ratio ${String(ratio)} is greater than max/min = ${most.toFixed(6)}`)];
}

/** Validates that a resource without overcommitment has equal requests and limits. */
function fixedProblems({ default: limit, defaultRequest: request }: Bounds, name: string, field: string): FieldError[] {
  if (limit === undefined || request === undefined || !isFixed(name)) return [];
  if (compareQuantities(String(limit), String(request)) === 0) return [];
  const why = `default value ${String(limit)} must equal to defaultRequest value ${String(request)} in ${name}`;
  return [invalidValue(field, String(request), why)];
}
