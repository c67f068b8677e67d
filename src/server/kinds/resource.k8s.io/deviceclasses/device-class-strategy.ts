import { fieldsOf, objectsOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { isExtendedResourceName } from '../../../validation/resources.js';
import { deviceSelectorProblems } from '../device-selectors.js';
import { configurationProblems } from '../devices.js';
import { listProblems } from '../items.js';

const maxItems = 32;

/** Strategy of DeviceClasses. */
export const deviceClasses: Strategy = {
  generation: true,
  returnsDeleted: true,
  schemaChecked: false,
  validate: ({ spec }) => specProblems(fieldsOf(spec)),
};

function specProblems({ selectors, config, extendedResourceName }: JsonObject): FieldError[] {
  const errors = [
    ...listProblems(objectsOf(selectors), maxItems, 'spec.selectors', deviceSelectorProblems),
    ...listProblems(objectsOf(config), maxItems, 'spec.config', configurationProblems),
  ];
  if (typeof extendedResourceName === 'string' && !isExtendedResourceName(extendedResourceName)) {
    const why = 'must be a valid extended resource name';
    errors.push(invalidValue('spec.extendedResourceName', extendedResourceName, why));
  }
  return errors;
}
