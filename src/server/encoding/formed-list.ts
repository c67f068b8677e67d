import { encodeUtf8 } from '../../util/bytes.js';
import { turn } from '../../util/next-turn.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';

/** The form of a list, such as a Table. Its last field holds the items. */
type Form = (objects: readonly ServerObject[]) => Promise<{ [field: string]: unknown }>;

/**
 * The JSON of a list whose items have to be made from objects, such as the rows of a Table, from so many stored bytes at a time: what was
 * made of them is forgotten before the next are read, and others get their turn.
 */
export async function* formedChunks(
  resource: ServedResource,
  kvs: readonly KeyValue[],
  form: Form,
  batchBytes: number,
): AsyncGenerator<Uint8Array> {
  const head = await form([]);
  // A form may give null for a list without items.
  const empty = JSON.stringify({ ...head, [Object.keys(head).at(-1) ?? 'items']: [] });
  yield encodeUtf8(empty.slice(0, -emptyEnd.length));
  let before = '[';
  for (let from = 0; from < kvs.length; ) {
    const objects: ServerObject[] = [];
    for (let bytes = 0; from < kvs.length && bytes < batchBytes; from++) {
      const kv = kvs[from] as KeyValue;
      bytes += kv.value.length;
      objects.push(decodeStored(kv, resource));
    }
    const items = Object.values(await form(objects)).at(-1);
    yield encodeUtf8(before + JSON.stringify(items).slice(1, -1));
    before = ',';
    await turn();
  }
  yield encodeUtf8(`${kvs.length === 0 ? '[' : ''}]}\n`);
}

/** The end of a list without items. */
const emptyEnd = '[]}';
