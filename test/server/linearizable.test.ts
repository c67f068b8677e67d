import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../src/server/storage/memory-storage.js';
import { type Answer, configMap, configMaps, TestServer, turn } from './client.js';

/** The next step of one client. */
type Step =
  | { readonly kind: 'create' | 'delete'; readonly name: string }
  | { readonly kind: 'update'; readonly name: string; readonly stale: boolean }
  | { readonly kind: 'list'; readonly back: number | undefined }
  | { readonly kind: 'compact' };

/** A step with turns of the event loop that go by before it, so that the clients' steps fall between each other's. */
type Timed = Step & { readonly wait: number };

const name = fc.constantFrom('a', 'b', 'c');
const wait = fc.nat(6);
const step: fc.Arbitrary<Timed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), name, wait }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('update' as const), name, stale: fc.boolean(), wait }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), name, wait }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('list' as const), back: fc.option(fc.nat(4), { nil: undefined }), wait }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), wait }) },
);
const clients = fc.array(fc.array(step, { maxLength: 10 }), { minLength: 2, maxLength: 4 });

/** One object as the model holds it: its version and what it says. */
interface Held {
  readonly version: number;
  readonly text: string;
}
type State = ReadonlyMap<string, Held>;

/** A question of a client and its answer, between two revisions of the store. */
interface Told {
  readonly step: Step;
  readonly status: number;
  readonly body: Answer;
  readonly from: number;
  readonly to: number;
  /** The version an update was based on, and what it wrote. */
  readonly based?: string;
  readonly text?: string;
}

class History {
  readonly told: Told[] = [];
  readonly server: TestServer;
  readonly storage = new MemoryStorage();
  #texts = 0;
  /** Every compaction that may have happened, as the highest revision it can have reached. */
  compacted = 100;

  constructor() {
    this.server = new TestServer({ storage: this.storage });
  }

  async client(steps: readonly Timed[]): Promise<void> {
    for (const { wait: turns, ...one } of steps) {
      for (let i = 0; i < turns; i++) await Promise.resolve();
      this.told.push(await this.#do(one));
    }
  }

  async #do(one: Step): Promise<Told> {
    const { server, storage } = this;
    const text = String(this.#texts++);
    const data = { text };
    if (one.kind === 'update') {
      const { body: seen } = await server.ask('GET', `${configMaps}/${one.name}`);
      // Somebody else may write between reading and writing; a stale writer does not even read.
      const based = one.stale || seen.kind === 'Status' ? '101' : seen.metadata.resourceVersion;
      const from = await storage.revision();
      const metadata = { name: one.name, resourceVersion: based };
      const asked = await server.ask('PUT', `${configMaps}/${one.name}`, { ...configMap(one.name), metadata, data });
      return { step: one, ...asked, from, to: await storage.revision(), based, text };
    }
    const from = await storage.revision();
    const asked = await this.#ask(one, from, data);
    const to = await storage.revision();
    if (one.kind === 'compact') this.compacted = Math.max(this.compacted, to);
    return { step: one, ...asked, from, to, text };
  }

  async #ask(one: Exclude<Step, { kind: 'update' }>, revision: number, data: object) {
    const { server } = this;
    switch (one.kind) {
      case 'create':
        return server.ask('POST', configMaps, configMap(one.name, { data }));
      case 'delete':
        return server.ask('DELETE', `${configMaps}/${one.name}`);
      case 'compact':
        await server.api.compact();
        return { status: 200, body: undefined };
      case 'list': {
        const exact = `?resourceVersion=${revision - (one.back ?? 0)}&resourceVersionMatch=Exact`;
        return server.ask('GET', `${configMaps}${one.back === undefined ? '' : exact}`);
      }
    }
  }
}

/**
 * The states after every revision, by replaying the writes that succeeded in the order of their versions: each must have been possible
 * where it stands. Deletions do not say their version; they take those that nobody else has.
 */
function replay(told: readonly Told[], start: number, end: number, first: State): Map<number, State> {
  const writes = new Map<number, Told>();
  const deletions = told.filter(({ step: { kind }, status }) => kind === 'delete' && status === 200);
  for (const one of told) {
    const wrote = one.step.kind === 'create' ? one.status === 201 : one.step.kind === 'update' && one.status === 200;
    if (!wrote) continue;
    const version = Number(one.body.metadata.resourceVersion);
    expect(writes.has(version), 'no version is given twice').toBe(false);
    expect(version > one.from && version <= one.to, 'a write happens while it is asked for').toBe(true);
    writes.set(version, one);
  }
  const states = new Map<number, State>([[start, first]]);
  for (let revision = start + 1; revision <= end; revision++) {
    const state = new Map(states.get(revision - 1));
    const write = writes.get(revision) ?? deletions.find((one) => fits(one, revision, state));
    if (write === undefined || !('name' in write.step)) throw new Error(`nobody wrote revision ${revision}`);
    const held = state.get(write.step.name);
    if (write.step.kind === 'delete') {
      deletions.splice(deletions.indexOf(write), 1);
      state.delete(write.step.name);
    } else {
      if (write.step.kind === 'create') expect(held, 'what is created was not there').toBeUndefined();
      else expect(String(held?.version), 'what is updated was as its writer thought').toBe(write.based);
      state.set(write.step.name, { version: revision, text: write.text ?? '' });
    }
    states.set(revision, state);
  }
  expect(deletions, 'every deletion had something to delete').toEqual([]);
  return states;
}

function fits({ step: deleted, from, to, body }: Told, revision: number, state: State): boolean {
  if (!('name' in deleted) || revision <= from || revision > to) return false;
  return state.has(deleted.name) && body.details.name === deleted.name;
}

/** Checks an answer other than a write: some state between question and answer must agree with it. */
function check(one: Told, states: ReadonlyMap<number, State>, compacted: number): void {
  const between = [...states].filter(([revision]) => revision >= one.from && revision <= one.to);
  const somewhere = (holds: (state: State) => boolean) => between.some(([, state]) => holds(state));
  const { step: asked, status, body } = one;
  if (asked.kind === 'create' && status !== 201) {
    expect([status, somewhere((state) => state.has(asked.name))]).toEqual([409, true]);
  } else if (asked.kind === 'delete' && status !== 200) {
    expect([status, somewhere((state) => !state.has(asked.name))]).toEqual([404, true]);
  } else if (asked.kind === 'update' && status === 409) {
    expect(somewhere((state) => String(state.get(asked.name)?.version) !== one.based)).toBe(true);
  } else if (asked.kind === 'update' && status !== 200) {
    expect([status, somewhere((state) => !state.has(asked.name))]).toEqual([404, true]);
  } else if (asked.kind === 'list' && status !== 200) {
    expect([status, one.from - (asked.back ?? 0) < compacted]).toEqual([410, true]);
  } else if (asked.kind === 'list') {
    const version = Number(body.metadata.resourceVersion);
    if (asked.back === undefined) expect(version >= one.from && version <= one.to).toBe(true);
    else expect(version).toBe(one.from - asked.back);
    expect(itemsOf(body)).toEqual(shown(states.get(version) ?? new Map()));
  }
}

const itemsOf = ({ items }: Answer): string[] =>
  items.map((item: Answer) => `${item.metadata.name} ${item.metadata.resourceVersion} ${item.data.text}`);
const shown = (state: State): string[] =>
  [...state].map(([key, { version, text }]) => `${key} ${version} ${text}`).sort();

describe('the server', () => {
  it('answers clients that write at once as if they had come one after the other, also after going back', async () => {
    await fc.assert(
      fc.asyncProperty(clients, clients, async (before, after) => {
        const history = new History();
        const { server, storage } = history;
        await server.ask('GET', configMaps);
        const start = await storage.revision();
        const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=${start}`);
        const snapshot = await server.api.snapshot();
        await Promise.all(before.map((steps) => history.client(steps)));
        const end = await storage.revision();
        const states = replay(history.told, start, end, new Map());
        for (const one of history.told) check(one, states, history.compacted);
        await turn();
        expectWatched(watch.events, states, start, end);

        // Back to the beginning, and once more: nothing of what happened is there, and versions go on.
        await server.api.restore(snapshot);
        await watch.ended;
        expect(watch.events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
        const again = await storage.revision();
        expect(again).toBeGreaterThan(end);
        history.compacted = again;
        history.told.splice(0);
        await Promise.all(after.map((steps) => history.client(steps)));
        const later = replay(history.told, again, await storage.revision(), new Map());
        for (const one of history.told) check(one, later, history.compacted);
        await server.api.close();
      }),
      { numRuns: 60 },
    );
  });

  it('lets a watch go on from any revision, without a gap or a double', async () => {
    await fc.assert(
      fc.asyncProperty(clients, fc.nat(), async (programs, seed) => {
        const history = new History();
        const { server, storage } = history;
        await server.ask('GET', configMaps);
        const start = await storage.revision();
        const steps = programs.map((program) => program.filter(({ kind }) => kind !== 'compact'));
        await Promise.all(steps.map((program) => history.client(program)));
        const end = await storage.revision();
        const states = replay(history.told, start, end, new Map());
        const from = start + (seed % (end - start + 1));
        const watch = await server.watch(`${configMaps}?watch=1&resourceVersion=${from}`);
        await turn();
        expectWatched(watch.events, states, from, end);
        await server.api.close();
      }),
      { numRuns: 60 },
    );
  });
});

/** Every revision is one event: what came, changed or went with it. */
function expectWatched(events: readonly Answer[], states: ReadonlyMap<number, State>, from: number, to: number): void {
  const expected: string[] = [];
  for (let revision = from + 1; revision <= to; revision++) {
    const [old, now] = [states.get(revision - 1) ?? new Map(), states.get(revision) ?? new Map()];
    const changed = [...now].find(([, { version }]) => version === revision);
    const gone = [...old.keys()].find((key) => !now.has(key));
    if (changed !== undefined) expected.push(`${old.has(changed[0]) ? 'MODIFIED' : 'ADDED'} ${changed[0]} ${revision}`);
    else expected.push(`DELETED ${gone} ${revision}`);
  }
  expect(
    events.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`),
  ).toEqual(expected);
}
