import { compareQuantities } from '../../../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported } from '../../../object/field-error.js';
import { isHugePage, resourceNameProblems, resourceProblems } from '../../../validation/resources.js';
import { containerAmounts } from './pod-resources.js';

// What a pod as a whole asks for and is limited to, beside its containers (KEP-2837).

const supported = ['cpu', 'hugepages-', 'memory'];

function isSupported(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePage(name);
}

/** Fills in what a pod leaves out of its own resources, where it has some: what its containers need, or its limits. */
export function defaultPodResources(spec: JsonObject): void {
  if (spec.resources === undefined || spec.resources === null) return;
  const resources = fieldsOf(spec.resources);
  const given = (list: unknown): boolean => Object.keys(fieldsOf(list)).length > 0;
  if (!given(resources.limits) && !given(resources.requests)) return;
  const limits: JsonObject = { ...fieldsOf(resources.limits) };
  for (const [name, amount] of Object.entries(containerAmounts(spec, 'limits'))) {
    if (isHugePage(name) && fieldsOf(resources.requests)[name] === undefined) limits[name] ??= amount.toString();
  }
  if (given(limits)) resources.limits = limits;
  if (!given(limits)) return;
  const requests: JsonObject = { ...fieldsOf(resources.requests) };
  for (const [name, amount] of Object.entries(containerAmounts(spec, 'requests'))) {
    if (name === 'cpu' || name === 'memory') requests[name] ??= amount.toString();
  }
  for (const [name, amount] of Object.entries(limits)) if (isSupported(name)) requests[name] ??= amount;
  if (given(requests)) resources.requests = requests;
}

/** Validates the resources of a pod as a whole: alone, and against those of its containers. */
export function podResourcesProblems(spec: JsonObject, path: string): FieldError[] {
  if (spec.resources === undefined || spec.resources === null) return [];
  const at = `${path}.resources`;
  if (textOf(fieldsOf(spec.os).name) === 'windows') return [forbiddenField(at, 'may not be set for a windows pod')];
  const resources = fieldsOf(spec.resources);
  const errors: FieldError[] = [];
  if (resources.claims !== undefined)
    errors.push(forbiddenField(`${at}.claims`, 'claims may not be set for Resources at pod-level'));
  return [...errors, ...resourceProblems(resources, at, podNameProblems), ...consistencyProblems(spec, resources, at)];
}

function podNameProblems(field: string, name: string): FieldError[] {
  const errors = resourceNameProblems(field, name);
  return errors.length > 0 || isSupported(name) ? errors : [notSupported(field, name, supported)];
}

function consistencyProblems(spec: JsonObject, resources: JsonObject, path: string): FieldError[] {
  const [limits, requests] = [fieldsOf(resources.limits), fieldsOf(resources.requests)];
  const errors: FieldError[] = [];
  const atLeast = (field: string, own: unknown, all: { toString(): string }, what: string): void => {
    if (own === undefined || compareQuantities(String(all), String(own)) <= 0) return;
    errors.push(
      invalidValue(field, String(own), `must be greater than or equal to aggregate container ${what} of ${all}`),
    );
  };
  for (const [name, all] of Object.entries(containerAmounts(spec, 'requests')))
    atLeast(`${path}.requests[${name}]`, requests[name], all, 'requests');
  for (const [name, all] of Object.entries(containerAmounts(spec, 'limits')))
    if (isHugePage(name)) atLeast(`${path}.limits[${name}]`, limits[name], all, 'limits');
  for (const [index, container] of objectsOf(spec.containers).entries()) {
    for (const [name, limit] of Object.entries(fieldsOf(fieldsOf(container.resources).limits))) {
      const own = limits[name];
      if (own === undefined || compareQuantities(String(limit), String(own)) <= 0) continue;
      const why = `must be less than or equal to pod limits of ${String(own)}`;
      errors.push(invalidValue(`${path}.containers[${index}][${name}].limits`, String(limit), why));
    }
  }
  return errors;
}
