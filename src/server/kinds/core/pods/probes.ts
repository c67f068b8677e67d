import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { nonNegative, portOrNameProblems, portProblems } from '../../../validation/value-problems.js';

const schemes = ['HTTP', 'HTTPS'];
const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** Validates the probes and lifecycle hooks of a container. `graceSeconds` is the grace period of its pod. */
export function probeProblems(container: JsonObject, path: string, graceSeconds: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const lifecycle = fieldsOf(container.lifecycle);
  for (const hook of ['postStart', 'preStop']) {
    if (isGiven(lifecycle[hook]))
      errors.push(...handlerProblems(fieldsOf(lifecycle[hook]), `${path}.lifecycle.${hook}`, graceSeconds));
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (!isGiven(container[name])) continue;
    const at = `${path}.${name}`;
    const probe = fieldsOf(container[name]);
    errors.push(...handlerProblems(probe, at));
    for (const field of counts) errors.push(...nonNegative(`${at}.${field}`, probe[field]));
    errors.push(...(name === 'readinessProbe' ? readinessProblems(probe, at) : restartProblems(probe, at)));
  }
  return errors;
}

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

/** Validates a readiness probe. It has no grace period, because a failure ends nothing. */
function readinessProblems(probe: JsonObject, path: string): FieldError[] {
  const grace = probe.terminationGracePeriodSeconds;
  return isGiven(grace)
    ? [
        invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'),
        ...graceProblems(grace, path),
      ]
    : [];
}

function graceProblems(grace: unknown, path: string): FieldError[] {
  const seconds = numberOf(grace);
  return seconds !== undefined && seconds <= 0
    ? [invalidValue(`${path}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0')]
    : [];
}

/** One success ends a probe that decides over a restart. */
function restartProblems(probe: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...graceProblems(probe.terminationGracePeriodSeconds, path));
  const threshold = numberOf(probe.successThreshold);
  if (threshold !== undefined && threshold !== 1)
    errors.push(invalidValue(`${path}.successThreshold`, threshold, 'must be 1'));
  return errors;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function handlerProblems(owner: JsonObject, path: string, graceSeconds?: number): FieldError[] {
  const [first, ...others] = handlers.filter((name) => isGiven(owner[name]));
  if (first === undefined) return [required(path, 'must specify a handler type')];
  return [
    ...actionProblems(first, fieldsOf(owner[first]), `${path}.${first}`, graceSeconds),
    ...others.map((name) => forbiddenField(`${path}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

function actionProblems(
  kind: (typeof handlers)[number],
  action: JsonObject,
  path: string,
  graceSeconds: number | undefined,
): FieldError[] {
  if (kind === 'exec') return listOf(action.command).length === 0 ? [required(`${path}.command`)] : [];
  if (kind === 'sleep') {
    const seconds = numberOf(action.seconds) ?? 0;
    if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
    const why = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    return [invalidValue(path, seconds, why)];
  }
  if (kind === 'grpc') return portProblems(`${path}.port`, numberOf(action.port) ?? 0);
  const errors = kind === 'httpGet' && textOf(action.path) === '' ? [required(`${path}.path`)] : [];
  errors.push(...portOrNameProblems(`${path}.port`, action.port));
  if (kind === 'httpGet' && !schemes.includes(textOf(action.scheme)))
    errors.push(notSupported(`${path}.scheme`, textOf(action.scheme), schemes));
  for (const header of objectsOf(action.httpHeaders)) {
    const name = textOf(header.name);
    if (!/^[-A-Za-z0-9]+$/.test(name)) {
      const why =
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
      errors.push(invalidValue(`${path}.httpHeaders`, name, why));
    }
  }
  return errors;
}
