import { dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { schemaSpec, schemas } from '../../../bootstrap/flow-control-objects.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { conditionTypeProblems } from '../condition-types.js';
import { flowRuleProblems } from './flow-schema-rules.js';

const defaultPrecedence = 1_000;
const maxPrecedence = 10_000;
const distinguishers = ['ByNamespace', 'ByUser'];

/** The FlowSchemas whose spec is fixed. */
const mandatory = ['catch-all', 'exempt'];

/** Strategy of FlowSchemas. */
export const flowSchemas: Strategy = {
  generation: true,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    if ((numberOf(fields.matchingPrecedence) ?? 0) === 0) fields.matchingPrecedence = defaultPrecedence;
  },
  validate: ({ metadata, spec, status }) => {
    const [name, fields] = [metadata.name ?? '', fieldsOf(spec)];
    const errors = specProblems(name, fields);
    const fixed = mandatory.includes(name) ? schemas.find((schema) => schema.name === name) : undefined;
    if (fixed !== undefined && !equal(fields, schemaSpec(fixed)))
      errors.push(invalidValue('spec', fields, `spec of '${name}' must equal the fixed value`));
    return [...errors, ...conditionTypeProblems(status)];
  },
  validateSubresource: (_subresource, { status }) => conditionTypeProblems(status),
};

function specProblems(name: string, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const precedence = numberOf(spec.matchingPrecedence) ?? 0;
  const complain = (why: string): void => void errors.push(invalidValue('spec.matchingPrecedence', precedence, why));
  if (precedence <= 0) complain('must be a positive value');
  if (precedence > maxPrecedence) complain(`must not be greater than ${maxPrecedence}`);
  if (precedence === 1 && name !== 'exempt') complain("only the schema named 'exempt' may have matchingPrecedence 1");
  if (spec.distinguisherMethod !== undefined) {
    const Type = textOf(fieldsOf(spec.distinguisherMethod).type);
    if (!distinguishers.includes(Type))
      errors.push(notSupported('spec.distinguisherMethod.type', { Type }, distinguishers));
  }
  const level = textOf(fieldsOf(spec.priorityLevelConfiguration).name);
  const at = 'spec.priorityLevelConfiguration.name';
  if (level === '') errors.push(required(at, 'must reference a priority level'));
  else errors.push(...dns1123SubdomainProblems(level).map((why) => invalidValue(at, level, why)));
  const rules = objectsOf(spec.rules).flatMap((rule, index) => flowRuleProblems(rule, `spec.rules[${index}]`));
  return [...errors, ...rules];
}
