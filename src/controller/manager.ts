import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { InvalidRequestError } from '../errors/index.js';
import { callerOf } from '../sdk/cluster.js';
import type { Cluster } from '../sdk/index.js';
import { abortForMany, anySignal, onAbort } from '../util/abort.js';
import { ControllerMetrics } from './controller-metrics.js';
import type { ControllerRun, RunEnvironment } from './controller-run.js';
import type { LeaderElectionOptions } from './election/election-options.js';
import { LeaderElector } from './election/leader-elector.js';
import { HealthServer, type HealthServerOptions, healthServerOptions } from './health-server.js';
import type { LeaderElection, Leadership } from './leadership.js';
import { ManagerError } from './manager-error.js';

/** A task that a manager runs beside controllers, such as a webhook server. */
export interface Runnable {
  /** Its name in errors. */
  readonly name: string;
  /** False: it runs also where the manager is not the leader. Default true. */
  readonly needsLeader?: boolean | undefined;
  /** Runs until `signal` aborts, then ends. What it rejects with ends the manager. */
  run(options: { readonly signal: AbortSignal; readonly cluster: Cluster }): Promise<void>;
}

/** The run of a controller, as a manager sees it. */
type ManagedRun = Pick<ControllerRun, 'name' | 'warm' | 'run' | 'cut' | 'close' | 'informers' | 'running'>;

/** A `Controller` of any kind. */
export interface ManagedController {
  /** Its name in metrics and errors. */
  readonly name: string;
  /** True if the task runs only while its manager is the leader. */
  readonly needsLeader: boolean;
  /** @internal */
  on(cluster: Cluster, environment: RunEnvironment): ManagedRun;
}

/** The options of a manager. */
export interface ManagerOptions {
  /** Controllers, each under a name of its own. */
  readonly controllers?: readonly ManagedController[] | undefined;
  /** The other tasks. They start when the caches are filled. */
  readonly runnables?: readonly Runnable[] | undefined;
  /**
   * Of all processes with this Lease, one at a time acts; the others stand by with their caches filled. Default: this process acts, whoever
   * else does.
   */
  readonly leaderElection?: LeaderElectionOptions | LeaderElection | undefined;
  /** Where `/healthz`, `/readyz` and `/metrics` are served. Default: nowhere. */
  readonly server?: HealthServerOptions | undefined;
  /**
   * The time in which reconciles and runnables must end, in milliseconds. After it, the manager cuts them. Default 25 000, because the
   * kubelet kills a pod 30 s after it asked it to end (controller-runtime waits 30).
   */
  readonly shutdownTimeoutMs?: number | undefined;
  /** False: SIGTERM and SIGINT are left alone. Default true: the first one stops the manager, the second one cuts it. */
  readonly handleSignals?: boolean | undefined;
}

const managerOptions: KeysOf<ManagerOptions> = {
  controllers: true,
  runnables: true,
  leaderElection: true,
  server: true,
  shutdownTimeoutMs: true,
  handleSignals: true,
};

/** The additional time for tasks that ignore their signal. */
const afterCutMs = 1000;

/**
 * Runs controllers as a program does: serves health and metrics, fills the caches, waits for leadership where that is asked for, reconciles,
 * and stops in good order. What one controller cannot go on with ends them all, with an error that names it.
 */
export class Manager {
  readonly #cluster: Cluster;
  readonly #options: ManagerOptions;
  readonly #metrics = new ControllerMetrics();
  readonly #election: LeaderElection | undefined;
  #leadership: Leadership | undefined;
  #server: HealthServer | undefined;
  #running = false;

  /** Throws `InvalidRequestError` for options that make no sense. */
  constructor(cluster: Cluster, options: ManagerOptions) {
    checkOptions('Manager', options, managerOptions);
    if (options.server !== undefined) checkOptions('Manager server', options.server, healthServerOptions);
    const { controllers = [], leaderElection } = options;
    const names = controllers.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InvalidRequestError(`two controllers are called ${JSON.stringify(twice)}: give one of them a name`);
    }
    this.#cluster = cluster;
    this.#options = options;
    this.#election = electionOf(cluster, leaderElection);
  }

  /** Where health and metrics are served, such as `http://127.0.0.1:8081`; undefined where they are not, or not yet. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /** True if this process acts: it runs, and it leads or has no election. */
  get acts(): boolean {
    return this.#running && (this.#election === undefined || this.#leadership !== undefined);
  }

  /**
   * Runs until `signal` aborts or the process is asked to end, then stops: no reconcile begins, those under way may finish, leadership is
   * given up, caches end. Resolves when all has ended in time. Rejects when something fails by itself or leadership was lost, once all has
   * ended; and when stopping takes too long or is cut by a second signal, with what still runs.
   */
  async run({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#running) throw new InvalidRequestError('this manager is running already');
    this.#running = true;
    const session = new Session(this.#options.shutdownTimeoutMs ?? 25_000);
    const stopListening = onAbort(signal, (reason) => session.stop(reason));
    const forget = this.#options.handleSignals === false ? () => {} : onProcessSignals(session);
    const runs = (this.#options.controllers ?? []).map((controller) => ({
      run: controller.on(this.#cluster, { metrics: this.#metrics, check: () => this.#check(controller) }),
      needsLeader: controller.needsLeader,
    }));
    session.onCut((reason) => {
      for (const { run } of runs) run.cut(reason);
    });
    try {
      await this.#serve(runs.map(({ run }) => run));
      const all = this.#runAll(session, runs);
      await session.until(all, callerOf(this.#cluster).shared.clock, () =>
        runs.flatMap(({ run }) => run.running.map((key) => `${run.name} on ${key}`)),
      );
    } finally {
      stopListening();
      forget();
      await Promise.all(runs.map(({ run }) => run.close()));
      await this.#server?.close();
      this.#server = undefined;
      this.#running = false;
    }
  }

  /** Never rejects: what fails is told to the session. */
  async #runAll(
    session: Session,
    runs: readonly { readonly run: ManagedRun; readonly needsLeader: boolean }[],
  ): Promise<void> {
    const warm = runs.map(({ run }) => session.guard(`the controller ${run.name}`, run.warm(session.stopping)));
    await Promise.all(warm);
    if (session.stopping.aborted) return;
    const act = (needsLeader: boolean, signal: AbortSignal) =>
      Promise.all([
        ...runs
          .filter((one) => one.needsLeader === needsLeader)
          .map(({ run }) =>
            session.guard(
              `the controller ${run.name}`,
              run.run({ signal, shutdownTimeoutMs: session.shutdownTimeoutMs }),
            ),
          ),
        ...(this.#options.runnables ?? [])
          .filter((one) => (one.needsLeader ?? true) === needsLeader)
          .map((one) =>
            session.guard(
              one.name,
              begin(() => one.run({ signal, cluster: this.#cluster })),
            ),
          ),
      ]);
    const election = this.#election;
    if (election === undefined) {
      await Promise.all([act(false, session.stopping), act(true, session.stopping)]);
      return;
    }
    const lead = async (leadership: Leadership): Promise<void> => {
      this.#leadership = leadership;
      const both = anySignal(session.stopping, leadership.signal);
      // Whoever has lost the lease has no time left to finish anything.
      const stopListening = onAbort(leadership.signal, (reason) => {
        if (!session.stopping.aborted) session.lose(reason);
      });
      try {
        await act(true, both.signal);
      } finally {
        both.dispose();
        stopListening();
        this.#leadership = undefined;
      }
    };
    await Promise.all([
      act(false, session.stopping),
      session.guard(
        'leader election',
        begin(() => election.run({ signal: session.stopping, lead })),
      ),
    ]);
  }

  #check({ needsLeader }: ManagedController): void {
    if (this.#election === undefined || !needsLeader) return;
    if (this.#leadership === undefined)
      throw new InvalidRequestError('this process is not the leader: it may not write');
    this.#leadership.check();
  }

  async #serve(runs: readonly ManagedRun[]): Promise<void> {
    const { server } = this.#options;
    if (server === undefined) return;
    this.#server = new HealthServer(server, {
      metrics: this.#metrics,
      informers: () => runs.flatMap(({ name, informers }) => informers.map((one) => ({ controller: name, ...one }))),
      acts: () => this.acts,
      problem: () => this.#election?.problem?.(),
    });
    await this.#server.listen();
  }
}

/** The course of one run: how it is stopped, and what it failed with. */
class Session {
  readonly shutdownTimeoutMs: number;
  readonly #stopping = abortForMany();
  readonly #cut = abortForMany();
  #failure: Error | undefined;

  constructor(shutdownTimeoutMs: number) {
    this.shutdownTimeoutMs = shutdownTimeoutMs;
  }

  /** Aborts when all is to end. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Lets all end in good order. */
  stop(reason: unknown): void {
    this.#stopping.abort(reason);
  }

  /** Ends all at once, and waits for nobody. */
  cut(reason: Error): void {
    this.#failure ??= reason;
    this.#stopping.abort(reason);
    this.#cut.abort(reason);
  }

  /** Ends all at once, and waits for those who end. */
  lose(reason: unknown): void {
    this.#failed('leader election', reason);
    for (const listener of this.#cutListeners) listener(reason);
  }

  readonly #cutListeners: ((reason: unknown) => void)[] = [];

  /** Calls `listener` when all is to end at once. */
  onCut(listener: (reason: unknown) => void): void {
    this.#cutListeners.push(listener);
    onAbort(this.#cut.signal, listener);
  }

  /** Waits for something; what it rejects with ends all. Never rejects. */
  async guard(name: string, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopping.signal.aborted || error !== this.#stopping.signal.reason) this.#failed(name, error);
    }
  }

  /** Resolves or rejects as `Manager.run` does. */
  async until(
    all: Promise<void>,
    clock: { setTimer(ms: number, fn: () => void): { cancel(): void } },
    running: () => readonly string[],
  ): Promise<void> {
    let cancel = () => {};
    onAbort(this.#stopping.signal, () => {
      const tooLong = () => {
        const left = running();
        const what = left.length === 0 ? '' : `: still running are ${left.join(', ')}`;
        this.cut(new ManagerError(`stopping took longer than ${this.shutdownTimeoutMs} ms${what}`));
      };
      const timer = clock.setTimer(this.shutdownTimeoutMs + afterCutMs, tooLong);
      cancel = () => timer.cancel();
    });
    const cut = new Promise<void>((resolve) => onAbort(this.#cut.signal, () => resolve()));
    await Promise.race([all, cut]);
    cancel();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #failed(name: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#failure ??= new ManagerError(`${name} failed, which ends the manager: ${message}`, { cause: error });
    this.#stopping.abort(this.#failure);
  }
}

/** The first signal stops, the second cuts; a third one has Node's own effect, as nobody listens any more. */
function onProcessSignals(session: Session): () => void {
  const names = ['SIGTERM', 'SIGINT'] as const;
  const listener = (name: NodeJS.Signals) => {
    if (!session.stopping.aborted) {
      session.stop(new DOMException(`the process got ${name}`, 'AbortError'));
      return;
    }
    session.cut(new ManagerError(`stopping was cut by ${name}`));
    forget();
  };
  const forget = () => {
    for (const name of names) process.removeListener(name, listener);
  };
  for (const name of names) process.on(name, listener);
  return forget;
}

/** Also what throws at once is a rejection. */
async function begin(work: () => Promise<void>): Promise<void> {
  await work();
}

/** An election on a Lease of this cluster, by the cluster's clock unless told otherwise; or whatever else is one. */
function electionOf(
  cluster: Cluster,
  asked: LeaderElectionOptions | LeaderElection | undefined,
): LeaderElection | undefined {
  if (asked === undefined || 'run' in asked) return asked;
  const { clock, random } = callerOf(cluster).shared;
  return new LeaderElector(cluster, { clock, random, ...asked });
}
