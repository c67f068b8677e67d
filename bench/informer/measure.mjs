import { monitorEventLoopDelay } from 'node:perf_hooks';

const MiB = 1024 * 1024;
const resolution = 2;

/** Pauses of the event loop while `work` runs, in milliseconds, less the monitor's own step. */
export async function pauses(work) {
  const monitor = monitorEventLoopDelay({ resolution });
  monitor.enable();
  const result = await work();
  monitor.disable();
  const ms = (nanoseconds) => Number(Math.max(0, nanoseconds / 1e6 - resolution).toFixed(1));
  return [
    result,
    { loopP50Ms: ms(monitor.percentile(50)), loopP99Ms: ms(monitor.percentile(99)), loopMaxMs: ms(monitor.max) },
  ];
}

/** Processor time since `before`, of all threads, in milliseconds: what other programs on the machine do hardly shows in it. */
export function processorMs(before) {
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}

/** Memory after garbage has gone, and the most there ever was. */
export async function memory() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    retainedMiB: Math.round(rss / MiB),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    heapMiB: Math.round(heapUsed / MiB),
  };
}

/**
 * Sends a burst the server has encoded beforehand, and tells how many updates a second arrived, and how much processor time each took.
 * `count()` says how many have. It is asked once a millisecond: asking all the time would take a processor away from whom is measured.
 */
export async function burst(url, updates, count) {
  const from = count();
  let first = 0;
  let before = process.cpuUsage();
  const arrived = new Promise((resolve) => {
    const look = () => {
      const now = performance.now();
      const got = count() - from;
      if (got > 0 && first === 0) {
        first = now;
        before = process.cpuUsage();
      }
      if (got >= updates) resolve(now);
      else setTimeout(look, 1);
    };
    look();
  });
  const sent = fetch(`${url}/preburst?count=${updates}`).then((answer) => answer.text());
  const end = await arrived;
  const cpuMs = processorMs(before);
  await sent;
  return {
    updatesPerSecond: Math.round((updates / (end - first)) * 1000),
    updateCpuUs: Number(((cpuMs * 1000) / updates).toFixed(1)),
  };
}

/**
 * Two bursts: the first meets code that has hardly run, which is what a program sees after its start; the second what it sees from then
 * on.
 */
export async function bursts(url, updates, count) {
  const first = await burst(url, updates, count);
  const { updatesPerSecond, updateCpuUs } = await burst(url, updates, count);
  return { ...first, againPerSecond: updatesPerSecond, againCpuUs: updateCpuUs };
}

/** Nanoseconds per call, the best of several rounds. */
export function timePerCall(calls, work) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    const begun = performance.now();
    for (let i = 0; i < calls; i++) work(i);
    best = Math.min(best, ((performance.now() - begun) * 1e6) / calls);
  }
  return Math.round(best);
}
