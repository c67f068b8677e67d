import { compareQuantities, dns1123LabelProblems } from '../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import { duplicate, type FieldError, invalidValue, notFoundValue, required } from './field-error.js';

/** What is wrong with a pod spec, in a pod or in a template. What the schemas say by themselves is not said again. */
export function podSpecProblems(spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = volumeNames(spec, path, errors);
  const containers = objectsOf(spec.containers);
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const list of ['initContainers', 'containers']) {
    for (const [index, container] of objectsOf(spec[list]).entries()) {
      containerProblems(container, `${path}.${list}[${index}]`, names, volumes, errors);
    }
  }
  return errors;
}

function volumeNames(spec: JsonObject, path: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  for (const [index, volume] of objectsOf(spec.volumes).entries()) {
    const name = textOf(volume.name);
    const at = `${path}.volumes[${index}].name`;
    if (name === '') continue;
    for (const why of dns1123LabelProblems(name)) errors.push(invalidValue(at, name, why));
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
  }
  return names;
}

function containerProblems(
  container: JsonObject,
  path: string,
  names: Set<string>,
  volumes: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const name = textOf(container.name);
  if (name !== '') {
    for (const why of dns1123LabelProblems(name)) errors.push(invalidValue(`${path}.name`, name, why));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  }
  const image = textOf(container.image);
  if (image === '') errors.push(required(`${path}.image`));
  else if (image.trim() !== image)
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  for (const [index, port] of objectsOf(container.ports).entries()) {
    for (const which of ['containerPort', 'hostPort']) {
      const number = port[which];
      if (typeof number !== 'number' || (which === 'hostPort' && number === 0)) continue;
      if (number < 1 || number > 65_535) {
        errors.push(invalidValue(`${path}.ports[${index}].${which}`, number, 'must be between 1 and 65535, inclusive'));
      }
    }
  }
  for (const [index, mount] of objectsOf(container.volumeMounts).entries()) {
    const volume = textOf(mount.name);
    if (volume !== '' && !volumes.has(volume))
      errors.push(notFoundValue(`${path}.volumeMounts[${index}].name`, volume));
  }
  resourceProblems(fieldsOf(container.resources), `${path}.resources`, errors);
}

function resourceProblems(resources: JsonObject, path: string, errors: FieldError[]): void {
  const limits = fieldsOf(resources.limits);
  for (const [name, request] of Object.entries(fieldsOf(resources.requests))) {
    const limit = limits[name];
    if (limit === undefined || compareQuantities(String(request), String(limit)) <= 0) continue;
    errors.push(
      invalidValue(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${String(limit)}`),
    );
  }
}
