import { types } from '../../../../cel/types.js';
import { qualifiedNameProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import type { PolicyOptions } from '../../../policy/policy-environment.js';
import {
  bindingProblems,
  conditionProblems,
  defaultMatch,
  expressionProblems,
  policyProblems,
  variableProblems,
} from '../policy-validation.js';

/** ValidatingAdmissionPolicies: what writes have to be like, in CEL. */
export const validatingAdmissionPolicies: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const fields = fieldsOf(spec);
    setDefault(fields, 'failurePolicy', 'Fail');
    if (fields.matchConstraints !== undefined) defaultMatch(fieldsOf(fields.matchConstraints));
  },
  validate: validatingPolicyProblems,
};

function validatingPolicyProblems({ metadata, spec: given }: ServerObject): FieldError[] {
  const spec = fieldsOf(given);
  const params = spec.paramKind !== undefined;
  const errors = policyProblems(spec);
  errors.push(...conditionProblems(spec.matchConditions, 'spec.matchConditions', params));
  const { errors: wrong, found } = variableProblems(spec.variables, 'spec.variables', { params, authorizer: true });
  errors.push(...wrong);
  // Without variables there is nothing called `variables`.
  const variables = objectsOf(spec.variables).length > 0 ? found : undefined;
  const options = { params, authorizer: true, variables };
  const [validations, annotations] = [objectsOf(spec.validations), objectsOf(spec.auditAnnotations)];
  if (validations.length + annotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', why), required('spec.auditAnnotations', why));
  }
  for (const [index, validation] of validations.entries())
    errors.push(...validationProblems(validation, `spec.validations[${index}]`, options));
  return [...errors, ...annotationProblems(annotations, metadata.name ?? '', options)];
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validationProblems(validation: JsonObject, path: string, options: PolicyOptions): FieldError[] {
  const { expression, reason } = validation;
  const [message, messageExpression] = [textOf(validation.message), textOf(validation.messageExpression)];
  const errors = expressionProblems(expression, `${path}.expression`, options, [types.bool]);
  const at = `${path}.messageExpression`;
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(invalidValue(at, messageExpression, 'must be non-empty if specified'));
  else if (messageExpression !== '')
    errors.push(...expressionProblems(messageExpression, at, { ...options, authorizer: false }, [types.string]));
  if (message !== '' && message.trim() === '')
    errors.push(invalidValue(`${path}.message`, message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(invalidValue(`${path}.message`, message, 'must not contain line breaks'));
  if (reason !== undefined && !reasons.includes(textOf(reason)))
    errors.push(notSupported(`${path}.reason`, reason, reasons));
  return errors;
}

const [maxAnnotations, maxValueLength] = [20, 5_120];

function annotationProblems(annotations: readonly JsonObject[], name: string, options: PolicyOptions): FieldError[] {
  const path = 'spec.auditAnnotations';
  const errors: FieldError[] = [];
  if (annotations.length > maxAnnotations)
    errors.push(invalidValue(path, annotations, `must not have more than ${maxAnnotations} auditAnnotations`));
  const seen = new Set<string>();
  for (const [index, { key, valueExpression }] of annotations.entries()) {
    const at = `${path}[${index}]`;
    const full = `${name}/${textOf(key)}`;
    if (name === '') errors.push(invalidValue(`${at}.key`, key, 'requires metadata.name be non-empty'));
    else errors.push(...qualifiedNameProblems(full).map((why) => invalidValue(`${at}.key`, full, why)));
    const text = textOf(valueExpression).trim();
    const place = `${at}.valueExpression`;
    if (Buffer.byteLength(text) > maxValueLength)
      errors.push(required(place, `must not exceed ${maxValueLength} bytes in length`));
    else
      errors.push(
        ...expressionProblems(text, place, options, [types.string, types.null], 'valueExpression is not specified'),
      );
    if (seen.has(textOf(key))) errors.push(duplicate(`${at}.key`, key));
    seen.add(textOf(key));
  }
  return errors;
}

/** Their bindings: where a policy is asked, and what comes of its objections. */
export const validatingAdmissionPolicyBindings: Strategy = {
  generation: true,
  unconditionalUpdate: false,
  defaults: ({ spec }) => {
    const { matchResources } = fieldsOf(spec);
    if (matchResources !== undefined) defaultMatch(fieldsOf(matchResources));
  },
  validate: ({ spec }) => {
    const fields = fieldsOf(spec);
    return [...bindingProblems(fields), ...actionProblems(listOf(fields.validationActions).map(textOf))];
  },
};

const known = ['Audit', 'Deny', 'Warn'];

function actionProblems(actions: readonly string[]): FieldError[] {
  const path = 'spec.validationActions';
  const errors: FieldError[] = [];
  for (const [index, action] of actions.entries()) {
    if (!known.includes(action)) errors.push(notSupported(`${path}[${index}]`, action, known));
    if (actions.indexOf(action) !== index) errors.push(duplicate(`${path}[${index}]`, action));
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidValue(path, actions, why));
  }
  if (actions.length === 0) errors.push(required(path, 'at least one validation action is required'));
  return errors;
}
