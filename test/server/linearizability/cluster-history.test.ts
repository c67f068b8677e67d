import { describe, expect, inject, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import type { StorageEvent } from '../../../src/server/storage/storage.js';
import { seededRandom } from '../../../src/util/random.js';
import { isLinearizable } from './checker.js';
import { ClusterHistory } from './cluster-history.js';
import { objectModel } from './object-model.js';

const seeds = Number(process.env.KEELSON_LINEARIZABILITY ?? 10);
const first = inject('seed');

describe('servers that share a store', () => {
  it(`answer as one server would, and lose no event, while they are killed, stopped and cut off (${seeds} seeds)`, async () => {
    const totals = { calls: 0, unknown: 0, faults: 0, events: 0 };
    for (let seed = first; seed < first + seeds; seed++) {
      const store = new MemoryStorage();
      const history = new ClusterHistory(store, seededRandom(seed), 3);
      const written: string[] = [];
      store.watch('/registry/configmaps/default/', '/registry/configmaps/default0', await store.revision(), {
        events: (batch) => written.push(...batch.map(lineOf)),
        ended: () => {},
      });
      const watched = await history.run(4, 15);
      for (const [name, calls] of history.calls) {
        expect(isLinearizable(calls, objectModel), `seed ${seed}: the history of ${name}`).toBe(true);
        totals.calls += calls.length;
        totals.unknown += calls.filter(({ output }) => output === undefined).length;
      }
      for (const events of watched) expect(events, `seed ${seed}: a watch across servers`).toEqual(written);
      totals.faults += history.faults.length;
      totals.events += written.length;
    }
    expect(totals.unknown).toBeGreaterThan(0);
    expect(totals.faults).toBeGreaterThan(seeds);
    if (process.env.KEELSON_LINEARIZABILITY !== undefined) console.log(JSON.stringify({ seeds, first, ...totals }));
  }, 600_000);
});

/** Returns a write as a watch shows it. */
function lineOf({ type, kv, previous }: StorageEvent): string {
  const shown = type === 'delete' ? previous : kv;
  const { metadata, data } = JSON.parse(new TextDecoder().decode(shown?.value));
  const kind = type === 'delete' ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
  return `${kv.modRevision} ${kind} ${metadata.name} ${data?.text}`;
}
