import fc from 'fast-check';
import { expect } from 'vitest';
import {
  CompactedError,
  FutureRevisionError,
  type Storage,
  type StorageEvent,
} from '../../../src/server/storage/storage.js';

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (value: Uint8Array) => new TextDecoder().decode(value);

/** The whole truth, kept the simple way: the full map after every revision. */
export class Model {
  readonly states = new Map<number, Map<string, { value: string; mod: number; create: number }>>();

  constructor(public revision: number) {
    this.states.set(revision, new Map());
  }

  get now() {
    return new Map(this.states.get(this.revision));
  }

  write(state: Map<string, { value: string; mod: number; create: number }>): void {
    this.states.set(++this.revision, state);
  }
}

export type Command =
  | { kind: 'put' | 'delete'; key: string; value: string; stale: boolean }
  | { kind: 'range'; from: string; to: string; limit: number; back: number }
  | { kind: 'get'; key: string; back: number }
  | { kind: 'compact'; back: number };

const key = fc.constantFrom('/a/1', '/a/2', '/a/3', '/a/3b', '/b/1', '/b/2', '/c/1');
const write = fc.record({
  kind: fc.constantFrom('put' as const, 'delete' as const),
  key,
  value: fc.string({ maxLength: 3 }),
  stale: fc.boolean(),
});
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: write },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('range' as const),
      from: key,
      to: key,
      limit: fc.nat(4),
      back: fc.nat(12),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('get' as const), key, back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: fc.nat(12) }) },
);

/** Runs commands against a store and the model. A watch begins before the command at `watchAt`. The store must be empty. */
export async function agree(storage: Storage, commands: readonly Command[], watchAt: number): Promise<Model> {
  const start = await storage.revision();
  const model = new Model(start);
  let compacted = start;
  const seen: StorageEvent[] = [];
  let watchedFrom: number | undefined;
  for (const [index, step] of commands.entries()) {
    if (index === watchAt) {
      watchedFrom = model.revision;
      storage.watch('/a/', '/b/2', watchedFrom, { events: (batch) => seen.push(...batch), ended: () => {} });
    }
    await run(storage, model, step, compacted);
    if (step.kind === 'compact') compacted = Math.max(compacted, Math.min(model.revision, model.revision - step.back));
  }
  expect(await storage.revision()).toBe(model.revision);
  if (watchedFrom !== undefined) expectEvents(seen, model, watchedFrom);
  return model;
}

async function run(storage: Storage, model: Model, step: Command, compacted: number): Promise<void> {
  switch (step.kind) {
    case 'put':
    case 'delete': {
      const state = model.now;
      const current = state.get(step.key);
      const expected = step.stale ? (current?.mod ?? 0) + 1 : (current?.mod ?? 0);
      if (step.kind === 'delete' && current === undefined) {
        expect((await storage.delete(step.key, expected)).ok).toBe(false);
        return;
      }
      const result =
        step.kind === 'put'
          ? await storage.put(step.key, bytes(step.value), expected)
          : await storage.delete(step.key, expected);
      expect(result.ok).toBe(!step.stale);
      if (!result.ok) {
        expect(result.current?.modRevision).toBe(current?.mod);
        return;
      }
      if (step.kind === 'delete') state.delete(step.key);
      else
        state.set(step.key, {
          value: step.value,
          mod: model.revision + 1,
          create: current?.create ?? model.revision + 1,
        });
      model.write(state);
      expect(result.revision).toBe(model.revision);
      return;
    }
    case 'compact': {
      const at = model.revision - step.back;
      if (at <= compacted) await expect(storage.compact(at)).rejects.toBeInstanceOf(CompactedError);
      else await storage.compact(at);
      return;
    }
    case 'get':
    case 'range': {
      const at = model.revision - step.back;
      const read = () =>
        step.kind === 'get'
          ? storage.get(step.key, { revision: at })
          : storage.range(step.from, step.to, { revision: at, limit: step.limit });
      if (at < compacted) {
        await expect(read()).rejects.toBeInstanceOf(CompactedError);
        return;
      }
      await expect(storage.get('/x', { revision: model.revision + 1 })).rejects.toBeInstanceOf(FutureRevisionError);
      const state = model.states.get(at) ?? new Map();
      if (step.kind === 'get') {
        const { kv } = await storage.get(step.key, { revision: at });
        expect(kv === undefined ? undefined : text(kv.value)).toBe(state.get(step.key)?.value);
        return;
      }
      const keys = [...state.keys()].filter((one) => one >= step.from && one < step.to).sort();
      const found = await storage.range(step.from, step.to, { revision: at, limit: step.limit });
      const wanted = step.limit === 0 ? keys : keys.slice(0, step.limit);
      expect(found.kvs.map((kv) => [kv.key, text(kv.value), kv.modRevision, kv.createRevision])).toEqual(
        wanted.map((one) => [one, state.get(one)?.value, state.get(one)?.mod, state.get(one)?.create]),
      );
      expect(found.count).toBe(keys.length);
    }
  }
}

function expectEvents(seen: readonly StorageEvent[], model: Model, from: number): void {
  const wanted: unknown[] = [];
  for (let revision = from + 1; revision <= model.revision; revision++) {
    const before = model.states.get(revision - 1) ?? new Map();
    const after = model.states.get(revision) ?? new Map();
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(name) === after.get(name) || name < '/a/' || name >= '/b/2') continue;
      const gone = !after.has(name);
      wanted.push([gone ? 'delete' : 'put', name, gone ? '' : after.get(name)?.value, revision, before.get(name)?.mod]);
    }
  }
  expect(seen.map((e) => [e.type, e.kv.key, text(e.kv.value), e.kv.modRevision, e.previous?.modRevision])).toEqual(
    wanted,
  );
}
