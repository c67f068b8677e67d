import { encodeUtf8 } from '../../util/bytes.js';
import { isObject, type JsonObject, setOwn } from '../../util/json-value.js';
import { turn } from '../../util/next-turn.js';
import { withoutDot } from './yaml-tags.js';

const options = {
  schema: 'yaml-1.1',
  customTags: withoutDot,
  sortMapEntries: true,
  indentSeq: false,
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const;

/** Writing this many characters takes a few milliseconds. */
const turnLength = 16_384;

/** Values with at most this many fields and items, at any depth, are written at once. */
const pieceSize = 200;

/** Keys that YAML writes as they are. */
const plainKey = /^(?!(?:y|n|yes|no|true|false|on|off|null)$)[a-z][\w.-]*(?::[\w.-]+)*$/i;

/** A part of an object, and how far its lines are indented. `item`: the part begins an item of a list. */
interface Piece {
  readonly value: JsonObject | readonly unknown[] | string;
  readonly indent: number;
  readonly item?: boolean;
}

/**
 * Writes an object as YAML with sorted keys. YAML takes fifty times as long to write as JSON, so a large object is written in
 * pieces of `size` fields and items, in several turns of the event loop.
 */
export async function encodeYaml(object: unknown, size: number = pieceSize): Promise<Uint8Array> {
  const { stringify } = await import('yaml');
  if (!isObject(object) || isSmall(object, size)) return encodeUtf8(stringify(object, options));
  const chunks: Uint8Array[] = [];
  let text = '';
  for (const piece of piecesOfMap(object, 0, size)) {
    text += written(piece, stringify);
    if (text.length < turnLength) continue;
    chunks.push(encodeUtf8(text));
    text = '';
    await turn();
  }
  return Buffer.concat([...chunks, encodeUtf8(text)]);
}

function written(
  { value, indent, item = false }: Piece,
  stringify: (value: unknown, options: object) => string,
): string {
  const text = typeof value === 'string' ? `${value}:\n` : stringify(value, options);
  const indented = indent === 0 ? text : text.replace(/^(?=[^\n])/gm, ' '.repeat(indent));
  // The dash takes the place of the last two spaces.
  return item ? `${indented.slice(0, indent - 2)}- ${indented.slice(indent)}` : indented;
}

/** Splits an object into pieces whose YAML, one after the other, is the object's YAML. */
function* piecesOfMap(object: JsonObject, indent: number, size: number): Iterable<Piece> {
  let fields: JsonObject = {};
  let count = 0;
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value === undefined) continue;
    if (plainKey.test(key) && !isSmall(value, size)) {
      if (count > 0) yield { value: fields, indent };
      [fields, count] = [{}, 0];
      yield { value: key, indent };
      if (Array.isArray(value)) yield* piecesOfList(value, indent, size);
      else yield* piecesOfMap(value as JsonObject, indent + 2, size);
      continue;
    }
    setOwn(fields, key, value);
    if (++count < size) continue;
    yield { value: fields, indent };
    [fields, count] = [{}, 0];
  }
  if (count > 0) yield { value: fields, indent };
}

function* piecesOfList(items: readonly unknown[], indent: number, size: number): Iterable<Piece> {
  for (const item of items) {
    if (!isObject(item) || isSmall(item, size)) {
      yield { value: [item], indent };
      continue;
    }
    let first = true;
    for (const piece of piecesOfMap(item, indent + 2, size)) {
      // A later piece may begin an item of a list inside this one.
      yield first ? { ...piece, item: true } : piece;
      first = false;
    }
  }
}

/** Reports whether a value has at most so many parts, or none at all. Looks at no more than that many. */
function isSmall(value: unknown, size: number): boolean {
  let left = size;
  const visit = (part: unknown): boolean => {
    if (typeof part !== 'object' || part === null) return true;
    for (const inner of Object.values(part)) if (--left < 0 || !visit(inner)) return false;
    return true;
  };
  return visit(value);
}
