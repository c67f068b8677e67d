import type { Storage } from '../../../src/server/storage/storage.js';
import { type Answer, configMap, configMaps, TestServer } from '../client.js';
import { SharedStorage } from '../shared-storage.js';
import type { Input, ObjectCall, Output } from './object-model.js';

/** Returns a random number below 1. */
export type Draw = () => number;

const names = ['a', 'b', 'c'];
/** A client gives up on a call after this many turns of the event loop. */
const patience = 400;

/** Lets everything else have its turn. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One server and its connection to the store. */
interface Member {
  server: TestServer;
  storage: SharedStorage;
  /** Resolves when the server may go on; SIGSTOP replaces it. */
  running: Promise<void>;
  resume: () => void;
}

/** Concurrent clients of servers that are killed, stopped and cut off, and all that they were answered. */
export class ClusterHistory {
  readonly calls = new Map<string, ObjectCall[]>(names.map((name) => [name, []]));
  readonly faults: string[] = [];
  readonly #store: Storage;
  readonly #draw: Draw;
  readonly #members: Member[] = [];
  #time = 0;
  #texts = 0;

  constructor(store: Storage, draw: Draw, servers: number) {
    this.#store = store;
    this.#draw = draw;
    for (let i = 0; i < servers; i++) this.#members.push(this.#started());
  }

  #started(): Member {
    const member = { running: Promise.resolve(), resume: () => {} } as Member;
    const delay = async (): Promise<void> => {
      for (let turns = Math.floor(this.#draw() * 4); turns > 0; turns--) await pause();
      await member.running;
    };
    member.storage = new SharedStorage(this.#store, delay);
    member.server = new TestServer({ storage: member.storage });
    return member;
  }

  /** Runs clients, watchers and faults, and returns the events of each watcher. */
  async run(clients: number, steps: number): Promise<string[][]> {
    await this.#member().server.ask('GET', configMaps);
    const start = await this.#store.revision();
    const ended = new AbortController();
    const watchers = [0, 1].map(() => this.#watch(start, ended.signal));
    const faults = this.#disturb(ended.signal);
    await Promise.all(Array.from({ length: clients }, () => this.#client(steps)));
    ended.abort();
    await faults;
    for (const member of this.#members) this.#heal(member);
    // The last events are on their way.
    for (let i = 0; i < 50; i++) await pause();
    const events = (await Promise.all(watchers)).map((watcher) => watcher());
    for (const { server } of this.#members) await server.api.close();
    return events;
  }

  #member(): Member {
    const member = this.#members[Math.floor(this.#draw() * this.#members.length)];
    if (member === undefined) throw new Error('there are no servers');
    return member;
  }

  async #client(steps: number): Promise<void> {
    let member = this.#member();
    const versions = new Map<string, string>();
    for (let step = 0; step < steps; step++) {
      const name = names[Math.floor(this.#draw() * names.length)] ?? 'a';
      const input = this.#input(versions.get(name));
      const start = ++this.#time;
      const output = await this.#ask(member.server, name, input);
      const end = output === undefined ? Number.POSITIVE_INFINITY : ++this.#time;
      this.calls.get(name)?.push({ input, output, start, end });
      if (output?.version !== undefined) versions.set(name, output.version);
      // A client whose server does not answer goes on at another one.
      if (output === undefined || this.#draw() < 0.1) member = this.#member();
    }
  }

  #input(version: string | undefined): Input {
    const text = String(this.#texts++);
    const chance = this.#draw();
    if (chance < 0.35) return { kind: 'get' };
    if (chance < 0.5) return { kind: 'delete' };
    return chance < 0.65 || version === undefined ? { kind: 'create', text } : { kind: 'update', text, version };
  }

  async #ask(server: TestServer, name: string, input: Input): Promise<Output | undefined> {
    let asked: { status: number; body: Answer } | undefined;
    const path = `${configMaps}/${name}`;
    const sent = (): Promise<{ status: number; body: Answer }> => {
      if (input.kind === 'get') return server.ask('GET', path);
      if (input.kind === 'delete') return server.ask('DELETE', path);
      const data = { text: input.text };
      if (input.kind === 'create') return server.ask('POST', configMaps, configMap(name, { data }));
      const metadata = { name, resourceVersion: input.version };
      return server.ask('PUT', path, { ...configMap(name, { data }), metadata });
    };
    const answer = sent().then(
      (one) => {
        asked = one;
      },
      () => {},
    );
    const late = (async () => {
      for (let turns = 0; turns < patience && asked === undefined; turns++) await pause();
    })();
    await Promise.race([answer, late]);
    if (asked === undefined || asked.status >= 500) return undefined;
    const { status, body } = asked;
    return { status, version: body.metadata?.resourceVersion, text: body.data?.text };
  }

  /** Follows all objects at one server after the other, from the last version that it saw. Returns what it has seen. */
  async #watch(start: number, signal: AbortSignal): Promise<() => string[]> {
    const seen: string[] = [];
    let version = String(start);
    const work = (async () => {
      for (let isLast = false; !isLast; ) {
        isLast = signal.aborted;
        const { server } = this.#member();
        const path = `${configMaps}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
        const watch = await server.watch(path).catch(() => undefined);
        for (let turns = isLast ? 200 : Math.floor(this.#draw() * 60); turns > 0; turns--) await pause();
        if (watch === undefined) continue;
        await watch.close();
        for (const { type, object } of watch.events) {
          if (type === 'ERROR') continue;
          version = object.metadata.resourceVersion;
          if (type !== 'BOOKMARK') seen.push(`${version} ${type} ${object.metadata.name} ${object.data?.text}`);
        }
      }
    })();
    await work;
    return () => seen;
  }

  async #disturb(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (let turns = Math.floor(this.#draw() * 80); turns > 0; turns--) await pause();
      const member = this.#member();
      const kind = ['kill', 'stop', 'cut'][Math.floor(this.#draw() * 3)];
      this.faults.push(kind ?? '');
      if (kind === 'kill') await this.#kill(member);
      else if (kind === 'cut') member.storage.cut();
      else
        member.running = new Promise((resolve) => {
          member.resume = resolve;
        });
      for (let turns = Math.floor(this.#draw() * 120); turns > 0; turns--) await pause();
      this.#heal(member);
    }
  }

  /** Ends a server at once, as kill -9 does: what it was doing is not finished, and a new one takes its place. */
  async #kill(member: Member): Promise<void> {
    member.storage.cut();
    await member.server.api.close().catch(() => {});
    const index = this.#members.indexOf(member);
    this.#members[index] = this.#started();
  }

  #heal(member: Member): void {
    if (this.#members.includes(member)) member.storage.join();
    member.resume();
    member.running = Promise.resolve();
  }
}
