import { setTimeout } from 'node:timers/promises';
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../generated/rbac.authorization.k8s.io/v1.js';
import type { QueryOptions, QueryRow, ServerMessage } from '../../src/browser/protocol.js';
import type { BrowserSocket } from '../../src/gateway/connection.js';
import type { GatewayOptions } from '../../src/gateway/gateway-options.js';
import { callerFrom } from '../../src/gateway/gateway-user.js';
import { Sessions } from '../../src/gateway/sessions.js';
import type { Cluster } from '../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../src/testing/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { turn } from '../../src/util/next-turn.js';

/** A browser in this process: what it was sent, and what it holds of its queries. */
export class FakeBrowser implements BrowserSocket {
  readonly received: (ServerMessage & { readonly at: number })[] = [];
  readonly rows = new Map<number, { order: string[]; rows: Map<string, QueryRow>; total: number; counts: object }>();
  bufferedAmount = 0;
  closed: { code: number; reason: string } | undefined;
  terminated = false;
  readonly #end: () => void;
  readonly #receive: (text: string) => void;

  constructor(
    sessions: Sessions,
    user: string,
    readonly clock: FakeClock,
  ) {
    const { connection, end } = sessions.open(this, callerFrom({ user }));
    this.#end = end;
    this.#receive = (text) => connection.receive(text);
  }

  send(text: string, done?: () => void): void {
    const message = JSON.parse(text) as ServerMessage;
    this.received.push({ ...message, at: this.clock.now() });
    done?.();
    if (message.type === 'fault') this.rows.delete(message.id);
    if (message.type !== 'rows') return;
    const held = this.rows.get(message.id) ?? { order: [], rows: new Map<string, QueryRow>(), total: 0, counts: {} };
    for (const row of message.set ?? []) held.rows.set(row.key, row);
    const order = [...(message.order ?? held.order)];
    for (const key of held.rows.keys()) if (!order.includes(key)) held.rows.delete(key);
    const counts = message.counts ?? held.counts;
    this.rows.set(message.id, { order, rows: held.rows, total: message.total, counts });
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
    this.#end();
  }

  terminate(): void {
    this.terminated = true;
    this.#end();
  }

  /** Sends a message as the browser. */
  say(message: unknown): void {
    this.#receive(JSON.stringify(message));
  }

  open(id: number, query: QueryOptions = {}, kind = { apiVersion: 'v1', kind: 'ConfigMap' }): void {
    this.say({ type: 'open', id, kind, query });
  }

  /** The rows that the browser shows for a query, in order. */
  shown(id: number): (QueryRow | undefined)[] | undefined {
    const held = this.rows.get(id);
    return held?.order.map((key) => held.rows.get(key));
  }

  keys(id: number): string[] | undefined {
    return this.rows.get(id)?.order;
  }

  fault(id: number) {
    return this.received.find((message) => message.type === 'fault' && message.id === id);
  }
}

/** A server in this process, a gateway's sessions on a clock of their own, and the rights of users. */
export class GatewayWorld {
  #roles = 0;

  private constructor(
    readonly server: LocalServer | undefined,
    readonly admin: Cluster,
    readonly sessions: Sessions,
    readonly clock: FakeClock,
    /** The errors that the platform hears of. */
    readonly errors: readonly unknown[],
    /** Lets the outside world go on. */
    readonly pause: () => Promise<void>,
  ) {}

  static async start(options: Partial<GatewayOptions> = {}): Promise<GatewayWorld> {
    const server = await startServer({ listen: false });
    return GatewayWorld.#over(await server.connect(), server, turn, options);
  }

  /** Takes a cluster of another process, which has answered after some milliseconds only. */
  static over(cluster: Cluster): GatewayWorld {
    return GatewayWorld.#over(cluster, undefined, () => setTimeout(5), {});
  }

  static #over(
    admin: Cluster,
    server: LocalServer | undefined,
    pause: () => Promise<void>,
    options: Partial<GatewayOptions>,
  ): GatewayWorld {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const all = {
      cluster: admin,
      authenticate: () => undefined,
      resources: [{ apiVersion: '*', kind: '*' }],
      ...options,
    };
    const sessions = new Sessions(all, clock, (error) => errors.push(error));
    return new GatewayWorld(server, admin, sessions, clock, errors, pause);
  }

  browser(user: string): FakeBrowser {
    return new FakeBrowser(this.sessions, user, this.clock);
  }

  /** Gives a user rights on config maps, in one namespace or everywhere. Returns the way to take them away. */
  async allow(
    user: string,
    namespace?: string,
    verbs = ['get', 'list', 'watch'],
    resources = ['configmaps'],
    group = 'apps',
  ) {
    const name = `role-${++this.#roles}`;
    const rules = [{ apiGroups: ['', group], resources, verbs }];
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }];
    const apiGroup = 'rbac.authorization.k8s.io';
    if (namespace === undefined) {
      await this.admin.resource(ClusterRole).create({ metadata: { name }, rules });
      const roleRef = { apiGroup, kind: 'ClusterRole', name };
      await this.admin.resource(ClusterRoleBinding).create({ metadata: { name }, roleRef, subjects });
      return async () => void (await this.admin.resource(ClusterRoleBinding).delete(name));
    }
    await this.admin.resource(Role).in(namespace).create({ metadata: { name }, rules });
    const roleRef = { apiGroup, kind: 'Role', name };
    await this.admin.resource(RoleBinding).in(namespace).create({ metadata: { name }, roleRef, subjects });
    return async () => void (await this.admin.resource(RoleBinding).in(namespace).delete(name));
  }

  /** Lets frames pass until the condition holds. */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    for (let tries = 0; tries < 10_000; tries++) {
      if (condition()) return;
      // Modules that load on first use, and other processes, take longer than some turns. The clock goes slowly then.
      await (tries < 1_000 ? this.pause() : setTimeout(1));
      if (tries % (tries < 1_000 ? 10 : 100) === 9) await this.clock.advance(100);
    }
    throw new Error(`${what} did not come to hold`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sessions.close();
    await this.admin.close();
    await this.server?.close();
  }
}
