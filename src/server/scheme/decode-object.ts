import { goJsonKind } from '../../patch/go-format.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { type DecodedBody, unrecognized } from '../http/request-body.js';
import type { WriteOptions } from '../http/write-options.js';
import type { CustomKind, ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, failure, StatusError } from '../object/status-error.js';
import { decodeWire, type StrictProblems } from './decode-wire.js';
import { wireTypeOfKind } from './wire-types.js';

/** The kind a body must be of. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The conversion of a custom kind; absent for built-in kinds. */
  readonly custom?: CustomKind | undefined;
}

/** A decoded body as an object of a kind. Throws the 400 of a body that is none; unknown fields warn or are refused. */
export function objectFromBody(
  body: DecodedBody,
  expected: ExpectedKind,
  options: Pick<WriteOptions, 'fieldValidation'>,
  warnings: string[],
): ServerObject {
  // To Go's decoder `null` is an object without fields.
  const value = body.value ?? {};
  if (!isObject(value)) throw notAnObject(body, expected.kind);
  checkTypeMeta(value, body, expected.kind);
  if (expected.custom === undefined) checkKind(value, expected);
  else checkCustomKind(value, body, expected);
  const unknown: string[] = [];
  return withKindInMessage(expected, () => {
    const how = { keepEmpty: true, given: body.fresh };
    const object = decodeKind(value, expected, unknown, how);
    if (options.fieldValidation === 'Ignore') return object;
    const problems = body.fieldProblems(unknown);
    if (options.fieldValidation === 'Warn') warnings.push(...problems);
    else if (problems.length > 0) throw badRequest(`strict decoding error: ${body.strictMessage(unknown)}`);
    return object;
  });
}

/**
 * Any JSON object as an object of a kind, in that kind's canonical form; what is unknown is named in `strict`. How empty lists, wrong
 * types and the value itself are treated is said in `how`.
 */
export function decodeKind(
  value: JsonObject,
  expected: ExpectedKind,
  strict: string[] = [],
  how: Omit<StrictProblems, 'strict'> = {},
): ServerObject {
  const { apiVersion, kind, custom } = expected;
  if (custom !== undefined) return { kind, apiVersion, ...custom.decode(value, strict) };
  const type = wireTypeOfKind(apiVersion, kind);
  const decoded = type === undefined ? value : decodeWire(type, value, { ...how, strict });
  const metadata = isObject(decoded.metadata) ? decoded.metadata : {};
  // That there be none of these is something to ask for.
  if (isObject(value.metadata) && isEmptyList(value.metadata.managedFields)) metadata.managedFields = [];
  const object: ServerObject = { kind, apiVersion, ...decoded, metadata };
  // A patch may say something else, which does not make it another kind.
  object.kind = kind;
  object.apiVersion = apiVersion;
  return object;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Returns the kind of a resource. */
export function kindOf(resource: ServedResource): ExpectedKind {
  const { apiVersion, kind, custom } = resource;
  return { apiVersion, kind, ...(custom === undefined ? {} : { custom }) };
}

/** Checks that the fields that say the kind are texts, and the group and version are well formed. */
function checkTypeMeta(value: JsonObject, body: DecodedBody, kind: string): void {
  for (const [key, inner] of Object.entries(value)) {
    // Go matches these two without regard to case.
    const name = typeNames.get(key.toLowerCase());
    if (name === undefined || inner === null || typeof inner === 'string') continue;
    const why = `json: cannot unmarshal ${goJsonKind(inner)} into Go struct field .${name} of type string`;
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${why}`, body.text);
  }
  const { apiVersion } = value;
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    throw unrecognized(kind, `unexpected GroupVersion string: ${apiVersion}`, body.text);
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['kind', 'kind'],
  ['apiversion', 'apiVersion'],
]);

/** Kind and apiVersion may be absent, but not those of something else. */
function checkKind(value: JsonObject, expected: ExpectedKind): void {
  const kind = typeof value.kind === 'string' && value.kind !== '' ? value.kind : expected.kind;
  const apiVersion =
    typeof value.apiVersion === 'string' && value.apiVersion !== '' ? value.apiVersion : expected.apiVersion;
  if (kind === expected.kind && apiVersion === expected.apiVersion) return;
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  const subject = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}`;
  if (wireTypeOfKind(apiVersion, kind) === undefined) {
    const registry = 'no kind "%s" is registered for version "%s" in scheme "pkg/api/legacyscheme/scheme.go:30"';
    throw badRequest(`${subject}: ${registry.replace('%s', kind).replace('%s', apiVersion)}`);
  }
  const group = expected.apiVersion.includes('/') ? (expected.apiVersion.split('/')[0]?.split('.')[0] ?? '') : 'core';
  throw badRequest(`${subject}: converting (${version}.${kind}) to (${group}.${expected.kind}): unknown conversion`);
}

/** A custom resource must say what it is. Whether its kind is the right one is a matter of validation. */
function checkCustomKind({ kind, apiVersion }: JsonObject, { text }: DecodedBody, expected: ExpectedKind): void {
  if (typeof kind !== 'string' || kind === '') {
    const shown = text.length > 30 ? `${text.slice(0, 30)} ...` : text;
    const why = `Object 'Kind' is missing in '${text}' (${shown})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${why}`);
  }
  if (apiVersion !== expected.apiVersion) {
    const given = typeof apiVersion === 'string' ? apiVersion : '';
    throw badRequest(
      `the API version in the data (${given}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
}

/** Errors inside the object say which kind was expected. */
function withKindInMessage<T>({ apiVersion, kind }: ExpectedKind, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 400) throw error;
    const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
    const message = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`;
    throw failure(400, 'BadRequest', message);
  }
}

function notAnObject({ value, text }: DecodedBody, kind: string): Error {
  const type = goJsonKind(value);
  const target =
    'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  return unrecognized(
    kind,
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into ${target}`,
    text,
  );
}
