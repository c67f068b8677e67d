import { dns1035LabelProblems, dns1123SubdomainProblems, pathSegmentNameProblems } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { setDefault } from '../../../object/set-default.js';
import { timestamp } from '../../../object/system-fields.js';
import { nameRule } from '../../../validation/meta-problems.js';
import { portProblems } from '../../../validation/value-problems.js';

/** Strategy of APIServices. Their name is their version and group. */
export const apiServices: Strategy = {
  name: nameRule(pathSegmentNameProblems),
  generation: false,
  unconditionalUpdate: false,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const { service } = fieldsOf(spec);
    if (service !== undefined) setDefault(fieldsOf(service), 'port', 443);
  },
  prepareForCreate: (object, { server }) => {
    if (fieldsOf(object.spec).service !== undefined) return;
    const message = 'Local APIServices are always available';
    const condition = {
      type: 'Available',
      status: 'True',
      lastTransitionTime: timestamp(server.clock),
      reason: 'Local',
      message,
    };
    object.status = { conditions: [condition] };
  },
  validate: (object) => [...nameProblems(object), ...specProblems(fieldsOf(object.spec))],
  validateSubresource: (_subresource, { status }) =>
    objectsOf(fieldsOf(status).conditions).flatMap((condition, index) => {
      const values = ['True', 'False', 'Unknown'];
      return values.includes(textOf(condition.status))
        ? []
        : [notSupported(`status.conditions[${index}].status`, textOf(condition.status), values)];
    }),
};

function nameProblems({ metadata, spec }: ServerObject): FieldError[] {
  const { group, version } = fieldsOf(spec);
  const wanted = `${textOf(version)}.${textOf(group)}`;
  return (['generateName', 'name'] as const).flatMap((field) => {
    const name = metadata[field] ?? '';
    if (name === '' || name === wanted || pathSegmentNameProblems(name).length > 0) return [];
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
    return [invalidValue(`metadata.${field}`, name, why)];
  });
}

function specProblems(spec: JsonObject): FieldError[] {
  const [group, version] = [textOf(spec.group), textOf(spec.version)];
  const errors: FieldError[] = [];
  if (group === '' && version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '')
    errors.push(...dns1123SubdomainProblems(group).map((why) => invalidValue('spec.group', group, why)));
  errors.push(...dns1035LabelProblems(version).map((why) => invalidValue('spec.version', version, why)));
  const most = { groupPriorityMinimum: 20_000, versionPriority: 1_000 };
  for (const [field, limit] of Object.entries(most)) {
    const value = numberOf(spec[field]) ?? 0;
    if (value <= 0 || value > limit)
      errors.push(invalidValue(`spec.${field}`, value, `must be positive and less than ${limit}`));
  }
  return [...errors, ...serviceProblems(spec)];
}

function serviceProblems({ service, caBundle, insecureSkipTLSVerify }: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const bundle = Buffer.from(textOf(caBundle), 'base64').length;
  const skips = insecureSkipTLSVerify === true;
  if (service === undefined) {
    if (bundle > 0)
      errors.push(invalidValue('spec.caBundle', `${bundle} bytes`, 'local APIServices may not have a caBundle'));
    if (skips)
      errors.push(
        invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'),
      );
    return errors;
  }
  const { namespace, name, port } = fieldsOf(service);
  if (textOf(namespace) === '') errors.push(required('spec.service.namespace'));
  if (textOf(name) === '') errors.push(required('spec.service.name'));
  const number = numberOf(port) ?? 0;
  if (portProblems('', number).length > 0) {
    const why = 'port is not valid: must be between 1 and 65535, inclusive';
    errors.push(invalidValue('spec.service.port', number, why));
  }
  if (skips && bundle > 0)
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}
