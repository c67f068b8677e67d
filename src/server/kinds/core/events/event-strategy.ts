import { fieldsOf, numberOf, textOf } from '../../../../util/json-fields.js';
import { equal } from '../../../../util/json-value.js';
import { internalEcho } from '../../../go-text/echo.js';
import { type FieldError, invalidValue, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import type { ServerObject } from '../../../object/server-object.js';
import { metaProblems, pathSegmentName, subdomainName } from '../../../validation/meta-problems.js';
import { qualifiedProblems } from '../../../validation/value-problems.js';

/** An event in the words of either of its two versions. */
const about = (event: ServerObject): { [field: string]: unknown } => fieldsOf(event.involvedObject ?? event.regarding);

const read = {
  reason: ({ reason }: ServerObject) => textOf(reason),
  type: ({ type }: ServerObject) => textOf(type),
};

/** Returns the fields of the object that an event is about, under the name that a version gives it. */
function subjectFields(name: string): { [path: string]: (event: ServerObject) => string } {
  const parts = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return Object.fromEntries(
    parts.map((part) => [`${name}.${part}`, (event: ServerObject) => textOf(about(event)[part])]),
  );
}

/** Strategy of the events of the core group. */
export const coreEvents: Strategy = {
  name: pathSegmentName,
  createOnUpdate: true,
  fields: {
    ...read,
    ...subjectFields('involvedObject'),
    reportingComponent: (event) => controllerOf(event),
    source: (event) => textOf(fieldsOf(event.source ?? event.deprecatedSource).component) || controllerOf(event),
  },
  schemaChecked: false,
  validate: anyProblems,
};

/** Strategy of the events of `events.k8s.io`, which are held to more rules. */
export const events: Strategy = {
  ...coreEvents,
  fields: { ...read, ...subjectFields('regarding'), reportingController: (event) => controllerOf(event) },
};

const isNew = ({ apiVersion }: ServerObject): boolean => apiVersion === 'events.k8s.io/v1';

const controllerOf = (event: ServerObject): string => textOf(event.reportingComponent ?? event.reportingController);

const maxShort = 128;
const maxNote = 1_024;

function anyProblems(event: ServerObject, old?: ServerObject): FieldError[] {
  const errors = legacyProblems(event);
  if (!isNew(event)) return errors;
  return [...errors, ...(old === undefined ? createProblems(event) : updateProblems(event, old))];
}

function legacyProblems(event: ServerObject): FieldError[] {
  const namespace = textOf(about(event).namespace);
  const own = event.metadata.namespace ?? '';
  const mismatch = [invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace')];
  if (isMissing(event.eventTime)) {
    const fits = namespace === '' ? own === '' || own === 'default' : namespace === own;
    return fits ? [] : mismatch;
  }
  const errors = namespace === '' && own !== 'default' && own !== 'kube-system' ? mismatch : [];
  const controller = controllerOf(event);
  const field = isNew(event) ? 'reportingController' : 'reportingComponent';
  if (controller === '') errors.push(required(field));
  errors.push(...qualifiedProblems(field, controller));
  for (const name of ['reportingInstance', 'action', 'reason']) {
    const text = textOf(event[name]);
    if (text === '') errors.push(required(name));
    if (Buffer.byteLength(text) > maxShort)
      errors.push(invalidValue(name, '', `can have at most ${maxShort} characters`));
  }
  if (Buffer.byteLength(textOf(event.message ?? event.note)) > maxNote)
    errors.push(invalidValue('message', '', `can have at most ${maxNote} characters`));
  return errors;
}

function createProblems(event: ServerObject): FieldError[] {
  const errors = [
    ...metaProblems(event.metadata, subdomainName, true),
    ...seriesProblems(event),
    ...(isMissing(event.eventTime) ? [required('eventTime')] : []),
  ];
  const type = textOf(event.type);
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalidValue('type', '', `has invalid value: ${type}`));
  const unset = (field: string, given: boolean): void => {
    if (given) errors.push(invalidValue(field, '', 'needs to be unset'));
  };
  unset('firstTimestamp', !isMissing(event.deprecatedFirstTimestamp));
  unset('lastTimestamp', !isMissing(event.deprecatedLastTimestamp));
  unset('count', (numberOf(event.deprecatedCount) ?? 0) !== 0);
  const { component, host } = fieldsOf(event.deprecatedSource);
  unset('source', textOf(component) !== '' || textOf(host) !== '');
  return errors;
}

function seriesProblems({ series }: ServerObject): FieldError[] {
  if (isMissing(series)) return [];
  const { count, lastObservedTime } = fieldsOf(series);
  return [
    ...((numberOf(count) ?? 0) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(isMissing(lastObservedTime) ? [required('series.lastObservedTime')] : []),
  ];
}

const reference = 'core/v1.ObjectReference';
const time = 'apis/meta/v1.Time';

/** The immutable fields, by the names that errors use: those of the core group. */
const immutable = [
  ['involvedObject', 'regarding', reference],
  ['reason', 'reason', 'string'],
  ['message', 'note', 'string'],
  ['source', 'deprecatedSource', 'core/v1.EventSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp', time],
  ['lastTimestamp', 'deprecatedLastTimestamp', time],
  ['count', 'deprecatedCount', 'int32'],
  // kube-apiserver checks the reason twice.
  ['reason', 'reason', 'string'],
  ['type', 'type', 'string'],
  ['eventTime', 'eventTime', time],
  ['action', 'action', 'string'],
  ['related', 'related', reference],
  ['reportingController', 'reportingController', 'string'],
  ['reportingInstance', 'reportingInstance', 'string'],
] as const;

function updateProblems(event: ServerObject, old: ServerObject): FieldError[] {
  const errors = equal(event.series, old.series) ? [] : seriesProblems(event);
  for (const [name, field, type] of immutable) {
    const value = event[field];
    if (equal(value ?? null, old[field] ?? null)) continue;
    // Strings are quoted as they are, and only `related` may be absent.
    const isAbsent = field === 'related' && isMissing(value);
    const shown = type === 'string' ? textOf(value) : isAbsent ? null : internalEcho(type, value);
    errors.push(invalidValue(name, shown, 'field is immutable'));
  }
  return errors;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}
