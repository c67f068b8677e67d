import { Controller, type ControllerOptions, formatReason, type RunEnvironment } from 'keelson/controller';
import { ConfigMap } from 'keelson/k8s';
import { inProcess, until } from '../cache/in-process.js';

export { quiet, until } from '../cache/in-process.js';

/** A server in this process, and a controller of config maps on it whose every reconcile is written down. */
export function newWorld(seed = 1) {
  const world = inProcess(seed);
  const maps = world.cluster.resource(ConfigMap).in('default');
  const stopping = new AbortController();
  const runs: Promise<void>[] = [];
  return {
    ...world,
    maps,
    /** Creates a config map. */
    create: (name: string, v = '1', labels?: Record<string, string>) =>
      maps.create({ metadata: { name, labels }, data: { v } }),
    /** Gives a config map other data. */
    change: (name: string, v: string) =>
      maps.update(name, (draft) => {
        draft.data = { v };
      }),
    /** Runs a controller until the world ends; resolves when it has filled its caches. */
    async start(options: Partial<ControllerOptions<ConfigMap, 'Namespaced'>> = {}, environment: RunEnvironment = {}) {
      const errors: string[] = [];
      const controller = new Controller<ConfigMap, 'Namespaced'>({
        for: ConfigMap,
        namespace: 'default',
        reconcile: () => {},
        onError: (error, { key, failures, retried }) =>
          errors.push(
            `${key} ${failures}${retried ? '' : ' for good'}: ${error instanceof Error ? error.message : error}`,
          ),
        ...options,
      });
      const run = controller.on(world.cluster, environment);
      await world.clock.runUntil(run.warm(stopping.signal));
      const running = run.run({ signal: stopping.signal });
      runs.push(running.then(() => run.close()));
      return { run, running, errors };
    },
    async end() {
      stopping.abort();
      await Promise.all(runs);
      await world.cluster.close();
      await world.server.close();
    },
    stopping,
  };
}

/** A reconcile that writes down which key it was for, with which data, and why. */
export function recorder(log: string[]): ControllerOptions<ConfigMap, 'Namespaced'>['reconcile'] {
  return ({ key, object, reasons }) => {
    log.push(`${key} ${object.data?.v} (${reasons.map(formatReason).join('; ')})`);
  };
}

/** Waits for so many entries. */
export const seen = (log: readonly string[], count: number) => until(() => log.length >= count, `${count} reconciles`);
