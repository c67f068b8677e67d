import type { UnknownFields } from '../codec.js';
import type { KnownObject } from '../object-codec.js';
import { planOf, readEnvelope } from './message-plan.js';
import { SharedFields } from './shared-fields.js';
import { WireReader } from './wire-reader.js';

/** The kind an object is taken for that does not say. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

// Decoding never gives way to other code, so one reader serves all.
const reader = new WireReader();

/**
 * The object behind `k8s\0` and its envelope, equal to what its JSON form gives: fields, their order, and what is left out.
 * Throws `MalformedError` with an offset from the start of `bytes`, also for kinds whose fields are not known.
 */
export function decodeObject(bytes: Uint8Array, expected?: ExpectedKind, unknown?: UnknownFields): unknown {
  const buffer = asBuffer(bytes);
  reader.reset(buffer, 0);
  const object = readEnvelope(reader, buffer.length, expected);
  report(unknown);
  return object;
}

/** The object of a known type at `[start, end)`, without an envelope: an item of a list, or a stored object. */
export function decodeMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  typeName: string,
  kind?: ExpectedKind,
  unknown?: UnknownFields,
): unknown {
  reader.reset(asBuffer(bytes), start);
  const object = planOf(typeName).read(reader, end, kind?.kind, kind?.apiVersion);
  report(unknown);
  return object;
}

function report(unknown: UnknownFields | undefined): void {
  if (unknown !== undefined && reader.hasUnknown) unknown.found = true;
}

const fields = new SharedFields();

/** As `decodeMessage`, where another version is known: its parts that are written the same are shared. */
export function decodeSharing(
  bytes: Uint8Array,
  start: number,
  end: number,
  typeName: string,
  kind: ExpectedKind,
  known: KnownObject,
  unknown?: UnknownFields,
): unknown {
  const shared = fields.of(reader, known) ? fields : undefined;
  reader.reset(asBuffer(bytes), start);
  const object = planOf(typeName).read(reader, end, kind.kind, kind.apiVersion, shared);
  report(unknown);
  return object;
}

/** The same bytes with Buffer's readers. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
