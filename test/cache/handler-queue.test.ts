import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delivery, HandlerQueue } from '../../src/cache/handler-queue.js';
import { Store } from '../../src/cache/store.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { jsonObjectCodec } from '../../src/wire/index.js';
import { quiet } from './in-process.js';

/** A store whose changes go to one queue, and a model of what the queue's handler knows. */
function world(options: { coalesceAbove?: number; objects?: boolean; deliver?: (delivery: Delivery) => unknown }) {
  const known = new Map<string, string>();
  const heard: string[] = [];
  const errors: unknown[] = [];
  let queue: HandlerQueue | undefined;
  const store: Store = new Store({
    apiVersion: 'v1',
    kind: 'Thing',
    freeze: false,
    listener: {
      changed: (change) => queue?.push(change, false),
      wantsFinalState: () => true,
    },
  });
  const version = (slot: number) => (slot === -1 ? '-' : store.versions.resourceVersion(slot));
  const deliver = (delivery: Delivery): unknown => {
    heard.push(`${delivery.change} ${delivery.key} ${version(delivery.old)}>${version(delivery.slot)}`);
    if (options.objects !== false) {
      // What a handler is told must follow from what it was told before.
      if (delivery.change === 'added' && known.has(delivery.key)) throw new Error(`${delivery.key} added twice`);
      if (delivery.change === 'updated' && known.get(delivery.key) !== version(delivery.old)) {
        throw new Error(`${delivery.key} updated from ${version(delivery.old)}, not ${known.get(delivery.key)}`);
      }
      if (delivery.change === 'deleted' && !known.has(delivery.key))
        throw new Error(`${delivery.key} deleted unheard of`);
      if (delivery.change === 'deleted') known.delete(delivery.key);
      else known.set(delivery.key, version(delivery.slot));
    }
    return options.deliver?.(delivery);
  };
  queue = new HandlerQueue({
    clock: new FakeClock(),
    coalesceAbove: options.coalesceAbove,
    versions: options.objects === false ? undefined : store.versions,
    receiver: { failed: (error) => errors.push(error), deliver },
  });
  const head = jsonObjectCodec.head();
  let resourceVersion = 0;
  const put = (name: string, remove = false) => {
    const object = { metadata: { name, resourceVersion: String(++resourceVersion) } };
    const bytes = Buffer.from(JSON.stringify(object));
    head.scan(bytes, 0, bytes.length);
    if (remove) store.remove(head);
    else store.apply(head);
  };
  const current = () =>
    new Map(Array.from(store.entries(), ([key, slot]) => [key, store.versions.resourceVersion(slot)]));
  return { store, queue, put, known, heard, errors, current };
}

describe('a handler queue', () => {
  test('delivers every change in order while the handler keeps up', () => {
    const { queue, put, heard } = world({});
    put('a');
    put('a');
    put('a', true);
    put('b');
    queue.pump();
    expect(heard).toEqual(['added a ->1', 'updated a 1>2', 'deleted a 2>3', 'added b ->4']);
  });

  test('merges changes of one key once it is behind: first old, last new, and nothing of what came and went', () => {
    const { queue, put, heard } = world({ coalesceAbove: 0 });
    put('kept');
    queue.pump();
    put('kept');
    put('kept');
    put('kept');
    put('brief');
    put('brief', true);
    put('again');
    put('again', true);
    put('again');
    queue.pump();
    expect(heard).toEqual(['added kept ->1', 'updated kept 1>4', 'added again ->9']);
  });

  test('tells of a deletion and a new creation as one update from the state known', () => {
    const { queue, put, heard } = world({ coalesceAbove: 0 });
    put('a');
    queue.pump();
    put('a', true);
    put('a');
    queue.pump();
    expect(heard[1]).toBe('updated a 1>3');
  });

  test('tells a consistent story that ends at the truth, whatever happens and however far it is behind', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), remove: fc.boolean(), pump: fc.nat(9) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200, size: 'max' }),
        fc.nat(6),
        fc.boolean(),
        (steps, coalesceAbove, objects) => {
          const { store, queue, put, known, errors, current } = world({ coalesceAbove, objects });
          for (const { name, remove, pump } of steps) {
            put(name, remove);
            expect(queue.backlog).toBeLessThanOrEqual(coalesceAbove + 4);
            if (pump === 0) queue.pump();
          }
          queue.pump();
          expect(errors).toEqual([]);
          if (objects) expect(known).toEqual(current());
          expect(store.versions.count).toBe(store.size);
        },
      ),
    );
  });

  test('waits for a handler that returns a promise, and goes on when one fails', async () => {
    const releases: (() => void)[] = [];
    const { queue, put, heard, errors } = world({
      deliver: ({ key }) => {
        if (key === 'throws') throw new Error('no');
        return new Promise<void>((resolve, reject) =>
          releases.push(key === 'rejects' ? () => reject(new Error('never')) : resolve),
        );
      },
    });
    for (const name of ['first', 'rejects', 'throws', 'last']) put(name);
    queue.pump();
    await quiet(3);
    expect(heard).toHaveLength(1);
    releases.shift()?.();
    await quiet(3);
    expect(heard).toHaveLength(2);
    releases.shift()?.();
    await quiet(3);
    expect(heard).toHaveLength(4);
    expect(errors.map(String)).toEqual(['Error: never', 'Error: no']);
    releases.shift()?.();
  });

  test('is closed when the running handler is done, and calls none after that', async () => {
    let finish = () => {};
    const { queue, put, heard, store } = world({ deliver: () => new Promise<void>((resolve) => (finish = resolve)) });
    put('a');
    put('b');
    queue.pump();
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    await quiet(3);
    expect(closed).toBe(false);
    finish();
    await closing;
    put('c');
    queue.pump();
    await quiet(3);
    expect(heard).toEqual(['added a ->1']);
    store.clear();
    expect(store.versions.count).toBe(0);
  });

  test('gives the event loop a turn between slices of a long backlog', async () => {
    const clock = new FakeClock();
    let delivered = 0;
    const queue = new HandlerQueue({
      clock: {
        ...clock,
        now: () => delivered,
        monotonic: () => delivered,
        sleep: () => new Promise((resolve) => setImmediate(resolve)),
        setTimer: () => ({ cancel() {} }),
      },
      receiver: { failed: () => {}, deliver: () => delivered++ },
    });
    for (let i = 0; i < 1000; i++)
      queue.push({ change: 'added', key: `k${i}`, slot: -1, old: -1, finalStateUnknown: false }, true);
    queue.pump();
    expect(delivered).toBeLessThan(100);
    await quiet(200);
    expect(delivered).toBe(1000);
  });
});
