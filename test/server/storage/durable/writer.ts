import { writeSync } from 'node:fs';
import { DurableStorage } from '../../../../src/server/storage/durable/durable-storage.js';

/*
 * A process that writes to a data folder until it is killed. Each of its writers owns a key, whose value is a count that rises by one
 * with each write; every seventh write deletes the key instead. A journal at descriptor 3 names each write before it begins and after it
 * is answered: `? key count` and `! key count revision`. `starts` gives the counts to go on from.
 */

const [, , folder = '', starts = '{}'] = process.argv;
const counts = new Map(Object.entries(JSON.parse(starts) as { [key: string]: number }));
const storage = await DurableStorage.open(folder, { checkpointBytes: 100_000 });
process.stdout.write('writing\n');
const journal = 3;

async function write(key: string): Promise<never> {
  let count = counts.get(key) ?? 0;
  for (;;) {
    count++;
    const { kv } = await storage.get(key);
    const expected = kv?.modRevision ?? 0;
    const deletes = count % 7 === 0 && expected !== 0;
    const value = new TextEncoder().encode(`${count} `.padEnd(20 + ((count * 131) % 900), 'x'));
    writeSync(journal, `? ${key} ${count}\n`);
    const written = deletes ? await storage.delete(key, expected) : await storage.put(key, value, expected);
    if (!written.ok) throw new Error(`${key} has another writer`);
    writeSync(journal, `! ${key} ${count} ${written.revision}\n`);
  }
}

await Promise.all(Array.from({ length: 12 }, (_, i) => write(`/k/${i}`)));
