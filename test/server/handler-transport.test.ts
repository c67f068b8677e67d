import { ConfigMap } from 'keelson/k8s';
import { startServer } from 'keelson/testing';
import { expect, onTestFinished, test } from 'vitest';

/** Tells whether a timer started since this call keeps the process from ending; others' timers come and go and do not count. */
function watchTimers(): () => boolean {
  const real = globalThis.setTimeout;
  const alive = new Set<NodeJS.Timeout>();
  const noticing = (...args: Parameters<typeof setTimeout>) => {
    const timer = real(...args);
    alive.add(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(noticing, real);
  onTestFinished(() => {
    globalThis.setTimeout = real;
  });
  // Node has no question for "has it been cleared?" but this: a cleared or fired timer has been destroyed.
  const over = (timer: NodeJS.Timeout) => (timer as { _destroyed?: boolean })._destroyed === true;
  return () => [...alive].some((timer) => timer.hasRef() && !over(timer));
}

test('a watch without a socket keeps the process alive as one with a socket does, and no longer', async () => {
  await using server = await startServer({ listen: false });
  const cluster = await server.connect();
  const maps = cluster.resource(ConfigMap).in('default');
  await maps.list().all();
  const holding = watchTimers();
  const stream = maps.watch();
  const waiting = stream.next();
  await new Promise(setImmediate);
  expect(holding()).toBe(true);
  await maps.create({ metadata: { name: 'a' } });
  expect((await waiting).value?.object.metadata.name).toBe('a');
  const next = stream.next();
  await stream.return();
  await next;
  await new Promise(setImmediate);
  expect(holding()).toBe(false);
});
