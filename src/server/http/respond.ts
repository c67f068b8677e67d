import type { JsonObject } from '../../patch/index.js';
import { encodeUtf8 } from '../../util/bytes.js';
import { fieldsOf } from '../../util/json-fields.js';
import { encodeMessage, encodeObject, wrapMessage } from '../../wire/protobuf/encode.js';
import { wireTypeOfKind } from '../../wire/protobuf/field-facts.js';
import type { Media, ServerResponse, SizedBody } from '../object/message.js';
import type { StatusError } from '../object/status-error.js';
import { json } from './negotiate.js';

/** Headers every answer of the API carries. */
export const noCache = { 'cache-control': 'no-cache, private' } as const;

/** An object in the negotiated encoding. */
export async function objectResponse(
  status: number,
  object: JsonObject,
  media: Media,
  warnings: readonly string[] = [],
): Promise<ServerResponse> {
  return bytesResponse(status, await encode(object, media), media, warnings);
}

/** Bytes that are already in the negotiated encoding. */
export function bytesResponse(
  status: number,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  media: Media,
  warnings: readonly string[] = [],
): ServerResponse {
  const headers: { [name: string]: string | string[] } = { 'content-type': media.contentType, ...noCache };
  if (warnings.length > 0) headers.warning = warningHeaders(warnings);
  return { status, headers, body };
}

/** The same for what may be streamed. */
export function sizedResponse(
  status: number,
  body: SizedBody,
  media: Media,
  warnings: readonly string[] = [],
): ServerResponse {
  if (body instanceof Uint8Array) return bytesResponse(status, body, media, warnings);
  return { ...bytesResponse(status, body.chunks, media, warnings), length: body.length };
}

/** The Status of a failed request. */
export async function errorResponse(
  error: StatusError,
  media: Media = json,
  warnings: readonly string[] = [],
): Promise<ServerResponse> {
  const plain: Media = { encoding: media.encoding, contentType: media.contentType };
  const response = await objectResponse(error.status.code, { ...error.status }, plain, warnings);
  return { ...response, headers: { ...response.headers, ...error.headers } };
}

/** Returns a response of plain text, as health checks and unknown paths have. */
export function textResponse(status: number, text: string, headers: { [name: string]: string } = {}): ServerResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...noCache, ...headers },
    body: encodeUtf8(text),
  };
}

/** JSON with a newline at its end, as the real server writes it, YAML with sorted keys, or protobuf. */
export async function encode(object: unknown, media: Media): Promise<Uint8Array> {
  if (media.encoding === 'json') return encodeUtf8(`${JSON.stringify(object)}\n`);
  if (media.encoding === 'protobuf') return protobufOf(object);
  const { encodeYaml } = await import('./yaml-text.js');
  return encodeYaml(object);
}

/** Encodes an object. Discovery of the core group has no apiVersion: the protobuf envelope then holds an empty one. */
function protobufOf(object: unknown): Uint8Array {
  const { apiVersion, kind } = fieldsOf(object);
  const type = apiVersion === undefined ? wireTypeOfKind('v1', String(kind)) : undefined;
  return type === undefined ? encodeObject(object) : wrapMessage('', String(kind), encodeMessage(object, type));
}

/** `299 - "text"`, bounded as the real server bounds it: 4 KiB in all, and no control characters. */
function warningHeaders(warnings: readonly string[]): string[] {
  const unique = [...new Set(warnings)];
  const headers: string[] = [];
  let total = 0;
  for (const warning of unique) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not reach a header
    const text = warning.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/[^\x20-\x7e]/g, '?');
    total += text.length;
    if (total > 4096) break;
    headers.push(`299 - ${JSON.stringify(text)}`);
  }
  return headers;
}
