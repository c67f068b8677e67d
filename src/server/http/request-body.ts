import { decodeUtf8 } from '../../util/bytes.js';
import { MalformedError } from '../../wire/codec.js';
import { decodeObject } from '../../wire/protobuf/decode.js';
import { isEnvelope } from '../../wire/protobuf/envelope.js';
import { header, maxBodyBytes, type ServerRequest } from '../object/message.js';
import { badRequest, failure, StatusError } from '../object/status-error.js';
import { strictFieldProblems } from './duplicate-fields.js';
import { jsonSyntaxProblem } from './json-syntax.js';
import type { YamlText } from './yaml.js';

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** A decoded body, and its text for the checks that need it. */
export interface DecodedBody {
  readonly value: unknown;
  /** True if the value is a tree. YAML may refer to one part from several places. */
  readonly fresh: boolean;
  readonly text: string;
  /** Returns what is wrong with fields of the text: those that come twice and the `unknown`, as one message each, in its order. */
  readonly fieldProblems: (unknown: readonly string[]) => readonly string[];
  /** Returns the same for the message of an error. It tells them differently if they come of YAML. */
  readonly strictMessage: (unknown: readonly string[]) => string;
}

/** The media type of a request without its parameters, in lower case. */
export function contentType(request: ServerRequest): string {
  return (header(request, 'content-type').split(';')[0] ?? '').trim().toLowerCase();
}

/** Refuses a body above the bound, as the real server does. */
export function checkSize(request: ServerRequest): void {
  if ((request.body?.length ?? 0) > maxBodyBytes) {
    throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
  }
}

/** True for a media type that objects can be sent in; no media type counts as JSON. */
export function checkContentType(request: ServerRequest): 'json' | 'yaml' | 'protobuf' {
  switch (contentType(request)) {
    case '':
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf';
    default:
      throw failure(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
      );
  }
}

/**
 * The body as a value. Throws 400, 413 or 415. `kind` is named in messages; `apiVersion` is what a protobuf body without a kind
 * is taken for.
 */
export async function decodeBody(request: ServerRequest, kind: string, apiVersion = 'v1'): Promise<DecodedBody> {
  const format = checkContentType(request);
  checkSize(request);
  const bytes = request.body ?? new Uint8Array();
  if (format === 'protobuf') {
    const value = parseProtobuf(bytes, kind, apiVersion);
    return { value, fresh: true, text: '', fieldProblems: (unknown) => unknown, strictMessage: listed };
  }
  // As in Go's decoder, bytes that are not UTF-8 become U+FFFD.
  const text = decodeUtf8(bytes);
  if (format === 'yaml') {
    const { value, duplicates } = await parseYaml(text, bytes, kind);
    const fieldProblems = (unknown: readonly string[]) => [...duplicates, ...unknown];
    const yaml = duplicates.length === 0 ? [] : [['yaml: unmarshal errors:', ...duplicates].join('\n  ')];
    return { value, fresh: false, text, fieldProblems, strictMessage: (unknown) => listed([...yaml, ...unknown]) };
  }
  const fieldProblems = (unknown: readonly string[]) => strictFieldProblems(text, unknown);
  const strictMessage = (unknown: readonly string[]) => listed(fieldProblems(unknown));
  return { value: parseJson(text, bytes, kind), fresh: true, text, fieldProblems, strictMessage };
}

function listed(problems: readonly string[]): string {
  return problems.join(', ');
}

function parseJson(text: string, bytes: Uint8Array, kind: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${jsonSyntaxProblem(text) ?? ''}`, bytes);
  }
}

function parseProtobuf(bytes: Uint8Array, kind: string, apiVersion: string): unknown {
  if (!isEnvelope(bytes, 0, bytes.length)) {
    const why = 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]';
    throw unrecognized(kind, why, bytes);
  }
  try {
    return decodeObject(bytes, { apiVersion, kind });
  } catch (error) {
    if (error instanceof MalformedError) throw unrecognized(kind, error.message, bytes);
    throw error;
  }
}

async function parseYaml(text: string, bytes: Uint8Array, kind: string): Promise<YamlText> {
  const { readYaml } = await import('./yaml.js');
  try {
    return await readYaml(text);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw unrecognized(kind, `yaml: ${error instanceof Error ? error.message : 'it cannot be read'}`, bytes);
  }
}

/** Returns the 400 for a body that is not an object. It shows text that looks like JSON as it is, and other bytes in hexadecimal. */
export function unrecognized(kind: string, problem: string, body: Uint8Array | string): Error {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const start = Buffer.from(bytes.subarray(0, 30));
  const text = bytes[0] === 0x7b ? start.toString() : start.toString('hex');
  const shown = bytes.length === 0 ? '<empty>' : bytes.length > 30 ? `${text} ...` : text;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${shown})`);
}
