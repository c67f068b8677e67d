import { labelValueProblems } from '../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, required } from '../object/field-error.js';
import { labelProblems } from './meta-problems.js';
import { qualifiedProblems } from './value-problems.js';

/** Validates a label selector of any field. */
export function labelSelectorProblems(
  selector: unknown,
  path: string,
  options: { readonly checksValues?: boolean } = {},
): FieldError[] {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const labels = fieldsOf(matchLabels) as { [key: string]: string };
  return [
    ...labelProblems(labels, `${path}.matchLabels`),
    ...objectsOf(matchExpressions).flatMap((one, index) =>
      requirementProblems(one, `${path}.matchExpressions[${index}]`, options),
    ),
  ];
}

/** Reports whether a selector can be evaluated. A selector of values that no label can have cannot be. */
export function isSelectable(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const labels = fieldsOf(matchLabels) as { [key: string]: string };
  return (
    labelProblems(labels, '').length === 0 &&
    objectsOf(matchExpressions).every((one) => requirementProblems(one, '').length === 0)
  );
}

/** One requirement of labels, of pods or of nodes; those of nodes may compare numbers too. `checksValues`: default yes. */
export function requirementProblems(
  requirement: JsonObject,
  path: string,
  { ofNodes = false, checksValues = true }: { readonly ofNodes?: boolean; readonly checksValues?: boolean } = {},
): FieldError[] {
  const operator = textOf(requirement.operator);
  const values = listOf(requirement.values).map(textOf);
  const errors = operatorProblems(operator, values.length, path, ofNodes);
  const key = textOf(requirement.key);
  errors.push(...qualifiedProblems(`${path}.key`, key));
  if (!checksValues) return errors;
  return [
    ...errors,
    ...values.flatMap((value, index) =>
      labelValueProblems(value).map((why) => invalidValue(`${path}.values[${index}]`, value, why)),
    ),
  ];
}

function operatorProblems(operator: string, count: number, path: string, ofNodes: boolean): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count > 0 ? [] : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return count === 0
        ? []
        : [forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      if (ofNodes)
        return count === 1
          ? []
          : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
      break;
    default:
  }
  return [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')];
}
