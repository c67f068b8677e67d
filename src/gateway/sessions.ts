import { InvalidRequestError } from '../errors/index.js';
import type { Clock, Timer } from '../util/clock.js';
import { type BrowserSocket, Connection } from './connection.js';
import { FrameTimer } from './frame-timer.js';
import { GatewayCluster } from './gateway-cluster.js';
import type { GatewayOptions, GatewayStatus } from './gateway-options.js';
import type { Caller } from './gateway-user.js';
import { RowTexts } from './queries/row-texts.js';
import { UserLimits } from './user-limits.js';

const FRAME_MS = 100;
const RECHECK_MS = 10_000;
/** Connections whose rights are looked at again at the same time. */
const RECHECKED_AT_ONCE = 20;
/** The rows that are kept as text, in characters. */
const ROW_CHARACTERS = 64 * 1024 * 1024;

/** The connections of a gateway, and the clusters behind it. */
export class Sessions {
  /** By the names that browsers use. */
  readonly clusters: ReadonlyMap<string, GatewayCluster>;
  readonly limits: UserLimits;
  /** The actions and streams that the platform offers; undefined: all. */
  readonly offered: ReadonlySet<string> | undefined;
  readonly #clock: Clock;
  readonly #recheckMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #texts = new RowTexts(ROW_CHARACTERS);
  readonly #connections = new Set<Connection>();
  readonly #frames: FrameTimer;
  #recheck: Timer | undefined;
  #closed = false;

  constructor(options: GatewayOptions, clock: Clock, onError: (error: unknown) => void) {
    const { resources, limits = {}, frameMs = FRAME_MS, recheckMs = RECHECK_MS } = options;
    this.#clock = clock;
    this.#recheckMs = recheckMs;
    this.#onError = onError;
    this.offered = options.actions === undefined ? undefined : new Set(options.actions);
    this.limits = new UserLimits(limits, clock);
    this.#frames = new FrameTimer(this.#connections, frameMs, clock);
    const onChange = () => this.#frames.ask();
    const clusters = options.clusters ?? (options.cluster === undefined ? {} : { default: options.cluster });
    this.clusters = new Map(
      Object.entries(clusters).map(([name, cluster]) => [
        name,
        new GatewayCluster({ name, cluster, kinds: resources, clock, freshMs: recheckMs / 2, onChange, onError }),
      ]),
    );
    if (this.clusters.size === 0) throw new InvalidRequestError('a gateway needs a cluster: pass cluster or clusters');
  }

  /** Begins the connection of a user. Throws an `ApiError` (429) if the user has too many. Call the returned function at its end. */
  open(socket: BrowserSocket, user: Caller): { readonly connection: Connection; readonly end: () => void } {
    const usage = this.limits.of(user.id);
    usage.take('connections');
    const connection = new Connection(socket, user, usage, {
      clusters: this.clusters,
      offered: this.offered,
      texts: this.#texts,
      clock: this.#clock,
      recheckMs: this.#recheckMs,
      onError: this.#onError,
      onBehind: () => this.#frames.ask(),
    });
    this.#connections.add(connection);
    this.#recheckLater();
    const end = () => {
      if (!this.#connections.delete(connection)) return;
      connection.close();
      usage.release('connections');
      this.limits.forget(user.id);
    };
    return { connection, end };
  }

  status(): GatewayStatus {
    const collections = [...this.clusters.values()].flatMap((cluster) => cluster.collections);
    return {
      connections: this.#connections.size,
      queries: [...this.#connections].reduce((sum, { queries }) => sum + queries, 0),
      watches: collections.length,
      views: collections.reduce((sum, { views }) => sum + views, 0),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#frames.close();
    this.#recheck?.cancel();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.close()));
  }

  #recheckLater(): void {
    if (this.#recheck !== undefined || this.#closed || this.#connections.size === 0) return;
    this.#recheck = this.#clock.setTimer(this.#recheckMs / 4, () => {
      this.#recheckAll()
        .catch(this.#onError)
        .finally(() => {
          this.#recheck = undefined;
          this.#recheckLater();
        });
    });
  }

  async #recheckAll(): Promise<void> {
    const all = [...this.#connections];
    for (let from = 0; from < all.length; from += RECHECKED_AT_ONCE)
      await Promise.all(all.slice(from, from + RECHECKED_AT_ONCE).map((connection) => connection.recheck()));
  }
}
