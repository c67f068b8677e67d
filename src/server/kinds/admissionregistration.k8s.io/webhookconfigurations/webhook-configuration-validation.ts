import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { labelSelectorProblems } from '../../../validation/label-selector-problems.js';
import { portProblems } from '../../../validation/value-problems.js';
import { conditionProblems, ruleProblems } from '../policy-validation.js';
import { webhookUrlProblems } from './url.js';

/** The faults an update need not mend, because the stored configuration has them already. */
interface Leniency {
  readonly ignoresConditions: boolean;
  readonly takesSideEffects: boolean;
  readonly takesUnknownReviews: boolean;
  readonly takesSameNames: boolean;
  readonly takesSelectorValues: boolean;
}

const noSideEffects = ['None', 'NoneOnDryRun'];
const sideEffects = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const reviewVersions = ['v1', 'v1beta1'];

/** Checks the webhooks of a configuration. `old` are those stored, or undefined on create. */
export function webhookProblems(webhooks: readonly JsonObject[], old: readonly JsonObject[] | undefined): FieldError[] {
  const leniency = leniencyOf(webhooks, old ?? []);
  const seen = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const name = textOf(webhook.name);
    const errors = [
      ...oneWebhookProblems(webhook, path, leniency, old === undefined),
      ...reviewVersionProblems(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`, leniency),
    ];
    if (!leniency.takesSameNames && name !== '' && seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
    return errors;
  });
}

function leniencyOf(webhooks: readonly JsonObject[], old: readonly JsonObject[]): Leniency {
  const names = old.map(({ name }) => textOf(name));
  const isKnown = (version: unknown): boolean => reviewVersions.includes(textOf(version));
  return {
    ignoresConditions:
      old.length === webhooks.length &&
      old.every(({ matchConditions }, index) =>
        equal(matchConditions ?? null, webhooks[index]?.matchConditions ?? null),
      ),
    takesSideEffects: old.some((one) => !noSideEffects.includes(textOf(one.sideEffects))),
    takesUnknownReviews: old.some(({ admissionReviewVersions }) => {
      const versions = listOf(admissionReviewVersions);
      return versions.length > 0 && !versions.some(isKnown);
    }),
    takesSameNames: new Set(names).size < names.length,
    takesSelectorValues: old.some(({ namespaceSelector, objectSelector }) =>
      [namespaceSelector, objectSelector].some((selector) => labelSelectorProblems(selector, '').length > 0),
    ),
  };
}

function oneWebhookProblems(webhook: JsonObject, path: string, leniency: Leniency, isNew: boolean): FieldError[] {
  const errors = qualifiedNameProblems(`${path}.name`, textOf(webhook.name));
  for (const [index, rule] of objectsOf(webhook.rules).entries())
    errors.push(...ruleProblems(rule, `${path}.rules[${index}]`));
  const oneOf = (field: string, values: readonly string[]): void => {
    const value = webhook[field];
    if (typeof value === 'string' && !values.includes(value))
      errors.push(notSupported(`${path}.${field}`, value, values));
  };
  oneOf('failurePolicy', ['Fail', 'Ignore']);
  oneOf('matchPolicy', ['Equivalent', 'Exact']);
  const effects = leniency.takesSideEffects ? sideEffects : noSideEffects;
  if (typeof webhook.sideEffects !== 'string')
    errors.push(required(`${path}.sideEffects`, `must specify one of ${effects.join(', ')}`));
  oneOf('sideEffects', effects);
  const timeout = numberOf(webhook.timeoutSeconds);
  if (timeout !== undefined && (timeout < 1 || timeout > 30))
    errors.push(invalidValue(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds'));
  const checksValues = isNew || !leniency.takesSelectorValues;
  for (const field of ['namespaceSelector', 'objectSelector'])
    errors.push(...labelSelectorProblems(webhook[field], `${path}.${field}`, { checksValues }));
  oneOf('reinvocationPolicy', ['IfNeeded', 'Never']);
  errors.push(...clientConfigProblems(fieldsOf(webhook.clientConfig), `${path}.clientConfig`));
  if (isNew || !leniency.ignoresConditions)
    errors.push(...conditionProblems(webhook.matchConditions, `${path}.matchConditions`, false));
  return errors;
}

function qualifiedNameProblems(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  const faults = dns1123SubdomainProblems(name);
  if (faults.length > 0) return [invalidValue(field, name, faults.join(','))];
  if (name.split('.').length >= 3) return [];
  return [invalidValue(field, name, 'should be a domain with at least three segments separated by dots')];
}

function clientConfigProblems({ url, service }: JsonObject, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined))
    return [required(path, 'exactly one of url or service is required')];
  return url === undefined
    ? webhookServiceProblems(fieldsOf(service), `${path}.service`)
    : webhookUrlProblems(`${path}.url`, textOf(url));
}

/** Checks the Service of a webhook. kube-apiserver looks at the two names in each other's place. */
function webhookServiceProblems({ name, namespace, path, port }: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (textOf(namespace) === '') errors.push(required(`${at}.name`));
  if (textOf(name) === '') errors.push(required(`${at}.namespace`));
  const number = numberOf(port) ?? 0;
  for (const { message } of portProblems('', number)) {
    const why = message.slice(message.indexOf('must be'));
    errors.push(invalidValue(`${at}.port`, number, `port is not valid: ${why}`));
  }
  return path === undefined ? errors : [...errors, ...pathProblems(`${at}.path`, textOf(path))];
}

function pathProblems(field: string, path: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalidValue(field, path, 'segment[0] may not be empty')];
  const errors = path.startsWith('/') ? [] : [invalidValue(field, path, "must start with a '/'")];
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  return errors.concat(
    segments.flatMap((segment, index) => {
      if (segment === '') return [invalidValue(field, path, `segment[${index}] may not be empty`)];
      return dns1123SubdomainProblems(segment).map((why) => invalidValue(field, path, `segment[${index}]: ${why}`));
    }),
  );
}

function reviewVersionProblems(given: unknown, path: string, leniency: Leniency): FieldError[] {
  const versions = listOf(given).map(textOf);
  const known = reviewVersions.join(', ');
  if (versions.length === 0) return [required(path, `must specify one of ${known}`)];
  const errors = versions.flatMap((version, index) => {
    const at = `${path}[${index}]`;
    if (versions.indexOf(version) < index) return [invalidValue(at, version, 'duplicate version')];
    return dns1035LabelProblems(version).map((why) => invalidValue(at, version, why));
  });
  if (!leniency.takesUnknownReviews && !versions.some((version) => reviewVersions.includes(version)))
    errors.push(invalidValue(path, versions, `must include at least one of ${known}`));
  return errors;
}
