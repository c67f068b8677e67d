import { apiVersionOf } from '../meta/index.js';
import { type Codec, jsonCodec } from '../wire/index.js';
import { acceptFor, type Projection } from './projections.js';

/**
 * How objects travel. `json`: always as JSON. `auto`: built-in kinds are asked for in protobuf, with JSON as the second choice;
 * everything else, whatever is sent, and what `update` reads to write it back is JSON, so that nothing of a newer server is lost.
 * `protobuf`: as `auto`, but what is read to be written back comes, and objects of built-in kinds are sent, in protobuf too.
 */
export type Encoding = 'auto' | 'json' | 'protobuf';

/** A kind by its names. */
export type Kind = Parameters<typeof apiVersionOf>[0] & { readonly kind: string };

const protobufType = 'application/vnd.kubernetes.protobuf';
const protobufMedia = { mediaType: protobufType, watchMediaType: `${protobufType};stream=watch` };

/** Loaded by those who need it only. */
const protobuf = () => import('../wire/protobuf/index.js');

/** What `Accept` says for objects of a kind. Kinds that are not built in are asked for in JSON, and so are tables. */
export async function acceptOf(
  encoding: Encoding,
  kind: Kind,
  projection: Projection,
  many: boolean,
  watch = false,
): Promise<string> {
  const json = acceptFor(jsonCodec, projection, many, watch);
  if (encoding === 'json' || projection === 'table') return json;
  const { wireTypeOfKind } = await import('../wire/protobuf/facts.js');
  if (wireTypeOfKind(apiVersionOf(kind), kind.kind) === undefined) return json;
  // What reads the answer is loaded while the request is on its way.
  protobuf().catch(() => {});
  return `${acceptFor(protobufMedia, projection, many, watch)},${json}`;
}

/** How that is read which is to be written back: JSON carries the fields of a newer server too, which protobuf would lose. */
export function writeBackEncoding(encoding: Encoding): Encoding {
  return encoding === 'auto' ? 'json' : encoding;
}

/** Whether a content type, or the first choice of an `Accept`, is protobuf. */
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
