import { fieldsOf, numberOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { exemptSpec, levelSpec, levels } from '../../../bootstrap/flow-control-objects.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import { conditionTypeProblems } from '../condition-types.js';

const queuingDefaults = { handSize: 8, queues: 64, queueLengthLimit: 50 };
const maxQueues = 10_000_000;
const maxHashBits = 60;
const reservedAnnotation = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';

/** Strategy of PriorityLevelConfigurations. */
export const priorityLevelConfigurations: Strategy = {
  generation: true,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const { exempt, limited } = fieldsOf(spec);
    for (const [part, shares] of [
      [exempt, 0],
      [limited, 30],
    ] as const) {
      if (part === undefined) continue;
      setDefault(fieldsOf(part), 'nominalConcurrencyShares', shares);
      setDefault(fieldsOf(part), 'lendablePercent', 0);
    }
    const { queuing } = fieldsOf(fieldsOf(limited).limitResponse);
    if (queuing === undefined) return;
    for (const [field, value] of Object.entries(queuingDefaults))
      if ((numberOf(fieldsOf(queuing)[field]) ?? 0) === 0) fieldsOf(queuing)[field] = value;
  },
  validate: ({ metadata, spec, status }) => {
    const name = metadata.name ?? '';
    const errors = metadata.annotations?.[reservedAnnotation] === undefined ? [] : [annotationProblem()];
    return [
      ...errors,
      ...specProblems(name, fieldsOf(spec)),
      ...mandatoryProblems(name, fieldsOf(spec)),
      ...conditionTypeProblems(status),
    ];
  },
  validateSubresource: (_subresource, { status }: ServerObject) => conditionTypeProblems(status),
};

function annotationProblem(): FieldError {
  return forbiddenField('metadata.annotations', `annotation '${reservedAnnotation}' is forbidden`);
}

function specProblems(name: string, spec: JsonObject): FieldError[] {
  const type = textOf(spec.type);
  const errors: FieldError[] = [];
  if ((name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalidValue('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  switch (type) {
    case 'Exempt':
      if (spec.limited !== undefined)
        errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
      return [...errors, ...shareProblems(fieldsOf(spec.exempt), 'spec.exempt')];
    case 'Limited':
      if (spec.exempt !== undefined) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
      if (spec.limited === undefined)
        return [...errors, required('spec.limited', 'must not be empty when type is Limited')];
      return [...errors, ...limitedProblems(fieldsOf(spec.limited))];
    default:
      return [...errors, notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

function shareProblems(part: JsonObject, path: string): FieldError[] {
  const shares = numberOf(part.nominalConcurrencyShares) ?? 0;
  const errors = shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, mayNotBeNegative)] : [];
  return [...errors, ...lendingProblems(part, path)];
}

const mayNotBeNegative = 'must be a non-negative integer';

function lendingProblems({ lendablePercent }: JsonObject, path: string): FieldError[] {
  const percent = numberOf(lendablePercent) ?? 0;
  return percent < 0 || percent > 100
    ? [invalidValue(`${path}.lendablePercent`, percent, 'must be between 0 and 100, inclusive')]
    : [];
}

function limitedProblems(limited: JsonObject): FieldError[] {
  const path = 'spec.limited';
  const shares = numberOf(limited.nominalConcurrencyShares) ?? 0;
  const borrowed = numberOf(limited.borrowingLimitPercent) ?? 0;
  const errors = shares < 0 ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, mayNotBeNegative)] : [];
  errors.push(...responseProblems(fieldsOf(limited.limitResponse)), ...lendingProblems(limited, path));
  if (borrowed < 0)
    errors.push(invalidValue(`${path}.borrowingLimitPercent`, borrowed, `if specified, ${mayNotBeNegative}`));
  return errors;
}

function responseProblems({ type, queuing }: JsonObject): FieldError[] {
  const path = 'spec.limited.limitResponse';
  switch (textOf(type)) {
    case 'Reject': {
      const why = 'must be nil if limited.limitResponse.type is not Limited';
      return queuing === undefined ? [] : [forbiddenField(`${path}.queuing`, why)];
    }
    case 'Queue': {
      const why = 'must not be empty if limited.limitResponse.type is Limited';
      return queuing === undefined
        ? [required(`${path}.queuing`, why)]
        : queuingProblems(fieldsOf(queuing), `${path}.queuing`);
    }
    default:
      return [notSupported(`${path}.type`, textOf(type), ['Queue', 'Reject'])];
  }
}

function queuingProblems(queuing: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [queues, hand, length] = [queuing.queues, queuing.handSize, queuing.queueLengthLimit].map(
    (value) => numberOf(value) ?? 0,
  ) as [number, number, number];
  const complain = (field: string, value: number, why: string): void =>
    void errors.push(invalidValue(`${path}.${field}`, value, why));
  if (length <= 0) complain('queueLengthLimit', length, 'must be positive');
  if (queues <= 0) complain('queues', queues, 'must be positive');
  else if (queues > maxQueues) complain('queues', queues, `must not be greater than ${maxQueues}`);
  const bits = Math.ceil(Math.log2(queues) * hand);
  if (hand <= 0) complain('handSize', hand, 'must be positive');
  else if (hand > queues) complain('handSize', hand, `should not be greater than queues (${queues})`);
  else if (bits > maxHashBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${hand} should not be greater than ${maxHashBits}`;
    complain('handSize', hand, why);
  }
  return errors;
}

function mandatoryProblems(name: string, spec: JsonObject): FieldError[] {
  if (name === 'exempt') {
    const { exempt } = exemptSpec;
    if (equal({ ...spec, exempt }, exemptSpec)) return [];
    return [invalidValue('spec', spec, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`)];
  }
  const level = name === 'catch-all' ? levels.find((one) => one.name === name) : undefined;
  if (level === undefined || equal(spec, levelSpec(level))) return [];
  return [invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`)];
}
