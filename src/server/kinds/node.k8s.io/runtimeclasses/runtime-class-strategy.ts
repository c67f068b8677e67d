import { dns1123LabelProblems } from '../../../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { labelKeyWarnings } from '../../../validation/label-warnings.js';
import { labelProblems } from '../../../validation/meta-problems.js';
import { resourceProblems } from '../../../validation/resources.js';
import { tolerationProblems } from '../../../validation/scheduling.js';

/** Strategy of RuntimeClasses, whose handler is immutable. */
export const runtimeClasses: Strategy = {
  createOnUpdate: true,
  unconditionalUpdate: false,
  schemaChecked: false,
  warnings: ({ scheduling }) =>
    labelKeyWarnings(Object.keys(fieldsOf(fieldsOf(scheduling).nodeSelector)), () => 'scheduling.nodeSelector'),
  validate: ({ handler, overhead, scheduling }) => [
    ...handlerProblems(textOf(handler)),
    ...resourceProblems({ limits: fieldsOf(overhead).podFixed }, 'overhead'),
    ...schedulingProblems(fieldsOf(scheduling)),
  ],
  validateUpdate: ({ handler }, old) =>
    textOf(handler) === textOf(old.handler) ? [] : [invalidValue('handler', textOf(handler), 'field is immutable')],
};

function handlerProblems(handler: string): FieldError[] {
  if (handler === '') return [required('handler')];
  return dns1123LabelProblems(handler).map((why) => invalidValue('handler', handler, why));
}

function schedulingProblems({ nodeSelector, tolerations }: JsonObject): FieldError[] {
  const path = 'scheduling.tolerations';
  const seen = new Set<string>();
  return [
    ...labelProblems(fieldsOf(nodeSelector) as { [key: string]: string }, 'scheduling.nodeSelector'),
    ...tolerationProblems(tolerations, path),
    ...objectsOf(tolerations).flatMap((toleration, index) => {
      const { key, operator, value, effect, tolerationSeconds } = toleration;
      const [Key, Operator, Value, Effect] = [key, operator, value, effect].map(textOf);
      const id = JSON.stringify([Key, Operator, Value, Effect]);
      if (seen.has(id)) {
        const shown = { Key, Operator, Value, Effect, TolerationSeconds: tolerationSeconds ?? null };
        return [duplicate(`${path}[${index}]`, shown)];
      }
      seen.add(id);
      return [];
    }),
  ];
}
