import { encodeUtf8 } from '../../util/bytes.js';
import { isObject } from '../../util/json-value.js';
import { turn } from '../../util/next-turn.js';

const options = {
  schema: 'yaml-1.1',
  sortMapEntries: true,
  indentSeq: false,
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const;

/** Writing this many characters takes a few milliseconds. */
const turnLength = 16_384;

/**
 * Writes an object as YAML with sorted keys. YAML takes fifty times as long to write as JSON, so the items of a list are
 * written in turns of the event loop.
 */
export async function encodeYaml(object: unknown): Promise<Uint8Array> {
  const { stringify } = await import('yaml');
  if (!isObject(object) || Object.keys(object).length === 0) return encodeUtf8(stringify(object, options));
  const pieces: Uint8Array[] = [];
  let text = '';
  for (const piece of piecesOf(object)) {
    text += typeof piece === 'string' ? piece : stringify(piece, options);
    if (text.length < turnLength) continue;
    pieces.push(encodeUtf8(text));
    text = '';
    await turn();
  }
  return Buffer.concat([...pieces, encodeUtf8(text)]);
}

/** Splits an object into values whose YAML, one after the other, is the object's YAML. A list's name is given as text. */
function* piecesOf(object: { readonly [field: string]: unknown }): Iterable<unknown> {
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (!Array.isArray(value) || value.length === 0 || !/^[a-z]\w+$/i.test(key)) {
      if (value !== undefined) yield { [key]: value };
      continue;
    }
    yield `${key}:\n`;
    for (const item of value) yield [item];
  }
}
