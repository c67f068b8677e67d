import { apiVersionOf } from '../meta/index.js';
import { type Codec, jsonCodec } from '../wire/index.js';
import { acceptFor, type Projection } from './projections.js';

/**
 * The encoding in which objects travel.
 * - `json`: always JSON.
 * - `auto`: built-in kinds are read as protobuf, with JSON as the second choice. Other kinds are read as JSON, and every body is sent as
 *   JSON.
 * - `protobuf`: like `auto`, but objects of built-in kinds are also sent as protobuf.
 *
 * Kinds that have fields of a newer server are read as JSON in every case: see `NewerFields`.
 */
export type Encoding = 'auto' | 'json' | 'protobuf';

/** A kind by its names. */
export type Kind = Parameters<typeof apiVersionOf>[0] & { readonly kind: string };

const protobufType = 'application/vnd.kubernetes.protobuf';
const protobufMedia = { mediaType: protobufType, watchMediaType: `${protobufType};stream=watch` };

/** Loaded by those who need it only. */
const protobuf = () => import('../wire/protobuf/index.js');

/** Returns the `Accept` header for objects of a kind. Custom kinds and tables are requested as JSON. */
export async function acceptOf(
  encoding: Encoding,
  kind: Kind,
  projection: Projection,
  many: boolean,
  watch = false,
): Promise<string> {
  const json = acceptFor(jsonCodec, projection, many, watch);
  if (encoding === 'json' || projection === 'table') return json;
  const { wireTypeOfKind } = await import('../wire/protobuf/field-facts.js');
  if (wireTypeOfKind(apiVersionOf(kind), kind.kind) === undefined) return json;
  // What reads the answer is loaded while the request is on its way.
  protobuf().catch(() => {});
  return `${acceptFor(protobufMedia, projection, many, watch)},${json}`;
}

/** Leaves the media types in an `Accept` that are not protobuf. */
export function withoutProtobuf(accept: string): string {
  return accept
    .split(',')
    .filter((type) => !isProtobuf(type))
    .join(',');
}

/** Returns what protobuf gives of an object that is known whole: `object` without the fields that are not known here. */
export async function seenInProtobuf(object: unknown): Promise<unknown> {
  const [{ protobufCodec }, { encodeObject }] = await Promise.all([protobuf(), import('../wire/protobuf/encode.js')]);
  return protobufCodec.decode(encodeObject(object));
}

/** Reports whether a content type, or the first choice of an `Accept`, is protobuf. */
export function isProtobuf(mediaType: string | readonly string[] | undefined): boolean {
  return String(mediaType ?? '')
    .trimStart()
    .toLowerCase()
    .startsWith(protobufType);
}

/** The codec of an answer, by its content type. */
export async function codecOf(contentType: string | readonly string[] | undefined): Promise<Codec> {
  return isProtobuf(contentType) ? (await protobuf()).protobufCodec : jsonCodec;
}

/**
 * An object for the body of a request: in protobuf where that is wanted and nothing is lost by it. Fields that the kind does not have, as
 * it is known here, may be of a newer server: they travel as JSON.
 */
export async function encodeObjectFor(
  encoding: Encoding,
  object: { readonly apiVersion?: unknown; readonly kind?: unknown },
): Promise<{ body: Uint8Array; contentType: string } | undefined> {
  if (encoding !== 'protobuf') return undefined;
  const { protobufCodec, UnencodableError } = await protobuf();
  try {
    return { body: protobufCodec.encode(object), contentType: protobufCodec.mediaType };
  } catch (error) {
    if (error instanceof UnencodableError) return undefined;
    throw error;
  }
}
