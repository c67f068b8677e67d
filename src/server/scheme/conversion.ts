import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';

/** The conversion of a kind from its stored version and back. It does not touch kind, apiVersion and metadata. */
export interface Conversion {
  /** The version that is kept. */
  readonly storedVersion: string;
  readonly fromStored: (object: JsonObject) => JsonObject;
  readonly toStored: (object: JsonObject) => JsonObject;
}

/** The versions whose fields differ from those their objects are kept in; all others differ in name only. */
const conversions: { readonly [kind: string]: Conversion } = {
  'autoscaling/v1/HorizontalPodAutoscaler': {
    storedVersion: 'autoscaling/v2',
    fromStored: autoscalerToV1,
    toStored: autoscalerFromV1,
  },
  'events.k8s.io/v1/Event': { storedVersion: 'v1', fromStored: eventFromCore, toStored: eventToCore },
};

/** The conversion of a kind in a version; undefined where there is nothing to convert. */
export function conversionOf(apiVersion: string, kind: string): Conversion | undefined {
  const id = `${apiVersion}/${kind}`;
  return Object.hasOwn(conversions, id) ? conversions[id] : undefined;
}

/** Fields of events.k8s.io and what they are called in the core group. */
const eventFields: readonly (readonly [named: string, core: string])[] = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

function eventFromCore(event: JsonObject): JsonObject {
  return renamed(
    event,
    eventFields.map(([named, core]) => [core, named]),
  );
}

function eventToCore(event: JsonObject): JsonObject {
  return renamed(event, eventFields);
}

function renamed(object: JsonObject, names: readonly (readonly [string, string])[]): JsonObject {
  const out: JsonObject = { ...object };
  for (const [from, to] of names) {
    if (!Object.hasOwn(object, from)) continue;
    delete out[from];
    out[to] = object[from];
  }
  return out;
}

/** Where autoscaling/v1 keeps what it has no field for. */
const metricsNote = 'autoscaling.alpha.kubernetes.io/metrics';
const behaviorNote = 'autoscaling.alpha.kubernetes.io/behavior';

function isCpuUtilization(metric: JsonObject): boolean {
  const { name, target } = fieldsOf(metric.resource);
  return metric.type === 'Resource' && name === 'cpu' && fieldsOf(target).type === 'Utilization';
}

function autoscalerToV1(object: JsonObject): JsonObject {
  const { metrics, behavior, ...spec } = fieldsOf(object.spec);
  const { currentMetrics, conditions: _conditions, ...status } = fieldsOf(object.status);
  const cpu = objectsOf(metrics).find(isCpuUtilization);
  const others = objectsOf(metrics).filter((metric) => metric !== cpu);
  const target = numberOf(fieldsOf(fieldsOf(cpu?.resource).target).averageUtilization);
  const current = objectsOf(currentMetrics).find((one) => fieldsOf(one.resource).name === 'cpu');
  const used = numberOf(fieldsOf(fieldsOf(current?.resource).current).averageUtilization);
  const notes = {
    ...(others.length === 0 ? {} : { [metricsNote]: JSON.stringify(others) }),
    ...(behavior === undefined ? {} : { [behaviorNote]: JSON.stringify(behavior) }),
  };
  return {
    ...withNotes(object, notes),
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: { ...status, ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }) },
  };
}

function autoscalerFromV1(object: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage, ...spec } = fieldsOf(object.spec);
  const { currentCPUUtilizationPercentage, ...status } = fieldsOf(object.status);
  const { annotations } = fieldsOf(object.metadata);
  const percent = numberOf(targetCPUUtilizationPercentage);
  const used = numberOf(currentCPUUtilizationPercentage);
  const cpu = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
  };
  const metrics = [...objectsOf(parse(fieldsOf(annotations)[metricsNote])), ...(percent === undefined ? [] : [cpu])];
  const behavior = parse(fieldsOf(annotations)[behaviorNote]);
  const usage = {
    type: 'Resource',
    resource: { name: 'cpu', current: { averageUtilization: used, averageValue: '0' } },
  };
  return {
    ...withoutNotes(object),
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior === undefined ? {} : { behavior }) },
    status: { ...status, ...(used === undefined ? {} : { currentMetrics: [usage] }) },
  };
}

function withNotes(object: JsonObject, notes: JsonObject): JsonObject {
  if (Object.keys(notes).length === 0) return object;
  const metadata = fieldsOf(object.metadata);
  return { ...object, metadata: { ...metadata, annotations: { ...fieldsOf(metadata.annotations), ...notes } } };
}

function withoutNotes(object: JsonObject): JsonObject {
  const metadata = fieldsOf(object.metadata);
  if (metadata.annotations === undefined) return object;
  const { [metricsNote]: _metrics, [behaviorNote]: _behavior, ...annotations } = fieldsOf(metadata.annotations);
  const { annotations: _annotations, ...rest } = metadata;
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest };
}

function parse(text: unknown): unknown {
  if (textOf(text) === '') return undefined;
  try {
    return JSON.parse(textOf(text));
  } catch {
    return undefined;
  }
}
