import { numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { portNameProblems, portProblems } from '../../../validation/value-problems.js';

const protocols = ['SCTP', 'TCP', 'UDP'];

/** Validates the ports of one container. */
export function containerPortProblems(container: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of objectsOf(container.ports).entries()) {
    const at = `${path}.ports[${index}]`;
    const name = textOf(port.name);
    const wrong = name === '' ? [] : portNameProblems(`${at}.name`, name);
    errors.push(...wrong);
    if (name !== '' && wrong.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const number = numberOf(port.containerPort);
    if ((number ?? 0) === 0) errors.push(required(`${at}.containerPort`));
    else if (number !== undefined) errors.push(...portProblems(`${at}.containerPort`, number));
    const host = numberOf(port.hostPort) ?? 0;
    if (host !== 0) errors.push(...portProblems(`${at}.hostPort`, host));
    const protocol = textOf(port.protocol);
    if (protocol === '') errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  }
  return errors;
}

/** Which ports of the node are claimed twice by containers that run at the same time. */
export function hostPortConflicts(containers: readonly JsonObject[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, which) =>
    objectsOf(container.ports).flatMap((port, index) => {
      const number = numberOf(port.hostPort) ?? 0;
      const id = `${textOf(port.protocol)}/${textOf(port.hostIP)}/${number}`;
      const conflict = number !== 0 && taken.has(id);
      if (number !== 0) taken.add(id);
      return conflict ? [duplicate(`${path}[${which}].ports[${index}].hostPort`, id)] : [];
    }),
  );
}

/** In the network of the node a container's port is the node's. A template may leave it open. */
export function hostNetworkProblems(spec: JsonObject, path: string, isPod: boolean): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  return objectsOf(spec.containers).flatMap((container, which) =>
    objectsOf(container.ports).flatMap((port, index) => {
      const host = numberOf(port.hostPort) ?? 0;
      if (host === port.containerPort || (host === 0 && !isPod)) return [];
      const why = 'must match `containerPort` when `hostNetwork` is true';
      return [invalidValue(`${path}.containers[${which}].ports[${index}].hostPort`, host, why)];
    }),
  );
}
