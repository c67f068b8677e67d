import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Cluster } from '../sdk/index.js';
import type { Clock } from '../util/clock.js';
import type { AllowedKind } from './access/allowed-kinds.js';
import type { ActionName } from './actions/action-params.js';
import type { GatewayUser } from './gateway-user.js';
import type { StreamName } from './streams/stream-params.js';
import type { GatewayLimits } from './user-limits.js';

/** The options of `createGateway`. */
export interface GatewayOptions {
  /** The cluster, if there is one only. Browsers know it as `default`. */
  readonly cluster?: Cluster | undefined;
  /** The clusters by the names that browsers use; the first one is the default. */
  readonly clusters?: { readonly [name: string]: Cluster } | undefined;
  /**
   * Returns the user of a request, by its cookie or as your platform does, or undefined to refuse the request with 401. The gateway acts
   * with exactly this user's rights.
   */
  readonly authenticate: (request: Request) => Promise<GatewayUser | undefined> | GatewayUser | undefined;
  /** The kinds that browsers may use. `{ apiVersion: '*', kind: '*' }` stands for all. */
  readonly resources: readonly AllowedKind[];
  /** The actions and streams that browsers may use, such as `delete`, `logs` or `exec`. Default: all. */
  readonly actions?: readonly (ActionName | StreamName)[] | undefined;
  /** The origins that pages may come from, such as `https://platform.example`. Default: the host that a request is sent to. */
  readonly origins?: readonly string[] | undefined;
  /** The path of upgrades; others are left to other listeners. Default: every upgrade is the gateway's. */
  readonly path?: string | undefined;
  /** The most that one user may have. */
  readonly limits?: GatewayLimits | undefined;
  /** The time between two messages of a query, in milliseconds. Default 100. */
  readonly frameMs?: number | undefined;
  /** The time after which a right that was taken away has ended at the latest, in milliseconds. Default 10 000. */
  readonly recheckMs?: number | undefined;
  /** Receives errors of the gateway and its clusters, which browsers do not see. Default: they are dropped. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** A gateway. Its functions can be passed on by themselves. */
export interface Gateway {
  /** Answers requests of the web platform's kind: `app.mount('/k8s', gateway.fetch)`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Answers requests of `node:http`, Express and Fastify. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void;
  /** Takes the WebSockets of browsers: `server.on('upgrade', gateway.upgrade)`. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Uint8Array) => void;
  /** Returns what is in use. */
  status(): GatewayStatus;
  /** Ends all connections and watches. The clusters stay open. */
  close(): Promise<void>;
}

/** The parts of a gateway in use. */
export interface GatewayStatus {
  readonly connections: number;
  readonly queries: number;
  /** The kinds that are watched, each once however many queries use it. */
  readonly watches: number;
  /** The different selections of all queries. */
  readonly views: number;
}
