import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { setDefault } from '../../../object/set-default.js';
import { typedReferenceProblems } from '../../../validation/references.js';

/** IngressClasses: whose they are is settled when they are made. */
export const ingressClasses: Strategy = {
  generation: true,
  schemaChecked: false,
  defaults: ({ spec }) => {
    const { parameters } = fieldsOf(spec);
    if (parameters !== undefined) setDefault(fieldsOf(parameters), 'scope', 'Cluster');
  },
  validate: ({ spec }, old) => {
    const { controller, parameters } = fieldsOf(spec);
    const hasChanged = old !== undefined && controller !== fieldsOf(old.spec).controller;
    const errors = hasChanged ? [invalidValue('spec.controller', textOf(controller), 'field is immutable')] : [];
    errors.push(...controllerProblems('spec.controller', textOf(controller)));
    return parameters === undefined
      ? errors
      : [...errors, ...parameterProblems(fieldsOf(parameters), 'spec.parameters')];
  },
};

const maxController = 250;

/** A path below a domain, such as `example.com/ingress`. */
function controllerProblems(field: string, name: string): FieldError[] {
  const errors = name.length > maxController ? [tooLong(field, maxController)] : [];
  if (name === '') return [...errors, required(field)];
  const [, host = '', path = ''] = /^([^/]*)\/(.*)$/.exec(name) ?? [];
  if (host === '' || path === '')
    return [...errors, invalidValue(field, name, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  errors.push(...dns1123SubdomainProblems(host).map((why) => invalidValue(field, host, why)));
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path)) {
    const why = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    errors.push(invalidValue(field, path, why));
  }
  return errors;
}

function parameterProblems(parameters: JsonObject, path: string): FieldError[] {
  const errors = typedReferenceProblems(parameters, path);
  const { scope, namespace } = parameters;
  const at = `${path}.namespace`;
  if (scope === undefined) return [...errors, required(`${path}.scope`)];
  if (scope !== 'Namespace' && scope !== 'Cluster')
    return [...errors, notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace'])];
  if (scope === 'Cluster')
    return namespace === undefined ? errors : [...errors, forbiddenField(at, "`parameters.scope` is set to 'Cluster'")];
  if (namespace === undefined) return [...errors, required(at, "`parameters.scope` is set to 'Namespace'")];
  const name = textOf(namespace);
  return [...errors, ...dns1123LabelProblems(name).map((why) => invalidValue(at, name, why))];
}
