import { compareQuantities } from '../../../../meta/index.js';
import { fieldsOf, objectsOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';

/** The quality of service class of a pod: how far its containers' cpu and memory are requested and limited. */
export function qosClass(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...objectsOf(spec.containers), ...objectsOf(spec.initContainers)];
  const resources = containers.map((container) => fieldsOf(container.resources));
  const whole = spec.resources === undefined ? resources : [fieldsOf(spec.resources)];
  const any = whole.some((one) => hasCompute(one.requests) || hasCompute(one.limits));
  if (!any) return 'BestEffort';
  return whole.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

const compute = ['cpu', 'memory'];

function hasCompute(list: unknown): boolean {
  return compute.some((name) => !isZero(fieldsOf(list)[name]));
}

function isGuaranteed(resources: JsonObject): boolean {
  const limits = fieldsOf(resources.limits);
  const requests = fieldsOf(resources.requests);
  return compute.every((name) => {
    const limit = limits[name];
    if (isZero(limit)) return false;
    const request = requests[name] ?? limit;
    return same(limit, request);
  });
}

function isZero(value: unknown): boolean {
  return value === undefined || same(value, '0');
}

function same(a: unknown, b: unknown): boolean {
  return String(a) === String(b) || compareQuantities(String(a), String(b)) === 0;
}
