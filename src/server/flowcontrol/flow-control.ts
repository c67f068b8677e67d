import { onAbort } from '../../util/abort.js';
import { nextTurn } from '../../util/next-turn.js';
import type { Attributes } from '../object/authorization.js';
import type { Admission, MetricFamily, RequestLimits } from '../object/request-limits.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { afterPrefix, storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { flowControlMetrics } from './flow-control-metrics.js';
import {
  byPrecedence,
  danglingCondition,
  type FlowSchema,
  flowOf,
  flowSchemaOf,
  matchesFlowSchema,
} from './flow-schema.js';
import { type LevelSpec, levelSpecOf } from './priority-level.js';
import { RetryAfter } from './retry-after.js';
import { Seats } from './seats.js';

const group = 'flowcontrol.apiserver.k8s.io';

/** The FlowSchema, and the level, of requests that no FlowSchema matches. */
const catchAll = 'catch-all';

/** The priority and fairness of kube-apiserver: FlowSchemas send requests to priority levels, which limit how many run at a time. */
export class FlowControl implements RequestLimits {
  readonly #server: () => ServerContext;
  readonly #total: number;
  #seats: Seats | undefined;
  #schemas: readonly FlowSchema[] = [];
  #levels: ReadonlyMap<string, LevelSpec> = new Map();
  #catchAll: FlowSchema | undefined;
  /** By level. */
  readonly #rejections = new Map<string, RetryAfter>();
  /** Resolves when the configuration has been read; undefined while it has to be read anew. */
  #read: Promise<void> | undefined;
  #isWatched = false;

  /** `server` is asked for when the first request comes: the server may not be whole yet. `total` is the number of requests at a time. */
  constructor(server: () => ServerContext, total: number) {
    this.#server = server;
    this.#total = total;
  }

  async begin(attributes: Attributes, signal: () => AbortSignal | undefined): Promise<Admission> {
    await this.#current();
    const schema = this.#schemas.find((one) => matchesFlowSchema(one, attributes)) ?? this.#catchAll;
    const level = this.#levels.get(schema?.level ?? catchAll);
    const headers = headersOf(schema, level);
    if (schema === undefined || level === undefined) return { admitted: true, headers, end: () => {} };
    const taking = this.#seats?.take({
      level: level.name,
      schema: schema.name,
      flow: flowOf(schema, attributes),
      signal,
    });
    const end = taking instanceof Promise ? await taking : taking;
    if (end !== undefined) return { admitted: true, headers, end };
    return { admitted: false, headers: { ...headers, 'retry-after': `${this.#retryAfter(level.name)}` } };
  }

  settled(): Promise<void> {
    return this.#current();
  }

  metrics(): readonly MetricFamily[] {
    return this.#seats === undefined ? [] : flowControlMetrics(this.#seats.levels);
  }

  #retryAfter(level: string): number {
    const found = this.#rejections.get(level) ?? new RetryAfter();
    this.#rejections.set(level, found);
    return found.rejected(this.#server().clock.monotonic());
  }

  /** Reads the configuration where it has changed. */
  #current(): Promise<void> {
    this.#read ??= this.#readObjects().catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    return this.#read;
  }

  async #readObjects(): Promise<void> {
    const server = this.#server();
    if (!this.#isWatched) await this.#follow(server);
    const levels = await objectsIn(server, 'prioritylevelconfigurations');
    const schemas = await objectsIn(server, 'flowschemas');
    const specs = levels.map(levelSpecOf);
    this.#levels = new Map(specs.map((spec) => [spec.name, spec]));
    // A schema that names no level that exists is dangling, and matches nothing.
    this.#schemas = schemas
      .map(flowSchemaOf)
      .filter(({ level }) => this.#levels.has(level))
      .sort(byPrecedence);
    this.#catchAll = this.#schemas.find(({ name }) => name === catchAll);
    this.#seats ??= new Seats(server.clock, this.#total);
    this.#seats.configure(specs, new Set(this.#schemas.map(({ name }) => name)));
    for (const name of this.#rejections.keys()) if (!this.#levels.has(name)) this.#rejections.delete(name);
    const hasLevel = (name: string): boolean => this.#levels.has(name);
    if (schemas.some((one) => danglingCondition(one, hasLevel) !== undefined)) {
      // A status that cannot be written now is written when the objects are read again.
      void import('./flow-schema-status.js')
        .then(({ settleFlowSchemas }) => settleFlowSchemas(server, schemas, hasLevel))
        .catch(() => {});
    }
  }

  /** Has the objects read anew when one of them is written. */
  async #follow(server: ServerContext): Promise<void> {
    this.#isWatched = true;
    const prefix = `/registry/${group}/`;
    const forget = (): void => {
      this.#read = undefined;
    };
    let stopListening = (): void => {};
    const watch = server.storage.watch(prefix, afterPrefix(prefix), await server.storage.revision(), {
      events: () => {
        forget();
        // Watchers of a FlowSchema see its status without another request.
        nextTurn(() => void this.#current().catch(() => {}));
      },
      ended: () => {
        stopListening();
        this.#isWatched = false;
        forget();
      },
    });
    stopListening = onAbort(server.closing, () => watch.close());
  }
}

async function objectsIn(server: ServerContext, plural: string): Promise<ServerObject[]> {
  const resource = server.scheme.resource(group, 'v1', plural);
  if (resource === undefined) return [];
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await server.storage.range(start, end);
  return kvs.map((kv) => decodeStored(kv, resource));
}

function headersOf(schema: FlowSchema | undefined, level: LevelSpec | undefined): { [name: string]: string } {
  if (schema === undefined || level === undefined) return {};
  return { 'x-kubernetes-pf-flowschema-uid': schema.uid, 'x-kubernetes-pf-prioritylevel-uid': level.uid };
}
