import { Cluster, isNotFound, mergePatch, type Stored } from 'keelson';
import { install } from 'keelson/crd';
import { ConfigMap, Deployment, Lease, Namespace, Service } from 'keelson/k8s';
import { HandlerTransport, type LocalServer, type Random, seededRandom, startServer } from 'keelson/testing';
import { Website } from '../../../examples/website-operator/website.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { Replica, replicaHeader } from './replica.js';

/** The writes of a leader, which other replicas never send. */
const leaderWrites = /\/(websites|deployments|services|configmaps)(\/|\?|$)/;

/** A server, replicas of the operator that reach it through faults, and a user who reaches it without. */
export class World {
  readonly clock = new FakeClock();
  readonly random: Random;
  readonly replicas: Replica[] = [];
  /** Promises that were broken on the way. */
  readonly objections: string[] = [];
  /** Called with each write of a leader: kills it, perhaps, before the write is done or after. */
  onLeaderWrite: (() => 'kill before' | 'kill after' | undefined) | undefined;
  /** The holder of the lease, as the server stores it. */
  holder = '';
  leaderWrites = 0;
  /** The number of leaders that were killed in the middle of a reconcile, during a write. */
  killedAtWork = 0;
  readonly #started: string[] = [];

  private constructor(
    readonly server: LocalServer,
    readonly user: Cluster,
    seed: number,
    clock: FakeClock,
  ) {
    this.clock = clock;
    this.random = seededRandom(seed);
    this.#watchWrites();
  }

  static async start(seed: number): Promise<World> {
    const clock = new FakeClock();
    const server = await startServer({ listen: false, clock, random: seededRandom(seed + 1) });
    const user = new Cluster(new HandlerTransport(server.api), { clock, random: seededRandom(seed + 2) });
    for (const name of ['shop', 'ops']) await user.resource(Namespace).create({ metadata: { name } });
    await install(user, [Website]);
    return new World(server, user, seed, clock);
  }

  get websites() {
    return this.user.resource(Website).in('shop');
  }

  get deployments() {
    return this.user.resource(Deployment).in('shop');
  }

  get services() {
    return this.user.resource(Service).in('shop');
  }

  get directory() {
    return this.user.resource(ConfigMap).in('ops');
  }

  get alive(): Replica[] {
    return this.replicas.filter(({ ended }) => !ended);
  }

  get leader(): Replica | undefined {
    return this.alive.find(({ operator }) => operator.acts);
  }

  startReplica(): void {
    const name = `replica-${this.#started.length}`;
    this.#started.push(name);
    this.replicas.push(new Replica(name, { server: this.server, clock: this.clock, random: this.random }));
  }

  /** Lets time pass, a quarter of a second after the other, each with all that comes of it without waiting. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.clock.advance(Math.min(left, 250));
      for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
      const acting = this.alive.filter(({ operator }) => operator.acts);
      if (acting.length > 1) this.#object(`${acting.map(({ name }) => name).join(' and ')} act at once`);
    }
  }

  /** Plays the Deployment controller: every pod is there. */
  async rollOut(deployment: Stored<Deployment, 'Namespaced'>): Promise<void> {
    const { generation, name } = deployment.metadata;
    if (deployment.status?.observedGeneration === generation) return;
    const replicas = deployment.spec?.replicas ?? 1;
    const status = { observedGeneration: generation, replicas, readyReplicas: replicas };
    // A patch, which meets no conflict: backing off from one would wait for a clock that stands still meanwhile.
    await this.deployments
      .subresource('status')
      .patch(name, mergePatch({ status }))
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }

  async end(): Promise<void> {
    for (const replica of this.replicas) await replica.kill();
    await this.clock.runUntil(Promise.all(this.replicas.map(({ over }) => over)));
    await this.user.close();
    await this.server.close();
  }

  #object(objection: string): void {
    if (!this.objections.includes(objection)) this.objections.push(objection);
  }

  /** Sees every request of a replica at the server itself, beneath all faults. */
  #watchWrites(): void {
    const { api } = this.server;
    const handle = api.handle.bind(api);
    api.handle = async (request) => {
      const name = request.headers[replicaHeader];
      const [path = ''] = request.path.split('?');
      if (typeof name !== 'string' || request.method === 'GET') return handle(request);
      if (path.includes('/leases')) {
        const response = await handle(request);
        if (response.status < 300) await this.#readHolder();
        return response;
      }
      if (!leaderWrites.test(path)) return handle(request);
      this.leaderWrites++;
      if (this.holder !== name) this.#object(`${name} writes to ${path} while ${this.holder || 'nobody'} leads`);
      // An answer takes a turn of the event loop: two leaders who undo each other's work would keep all else from happening.
      await new Promise((resolve) => setImmediate(resolve));
      const fate = this.onLeaderWrite?.();
      if (fate !== undefined) this.killedAtWork++;
      const replica = this.replicas.find((one) => one.name === name);
      if (fate === 'kill before') {
        await replica?.kill();
        throw new Error('the leader is dead');
      }
      const response = await handle(request);
      if (fate === 'kill after') await replica?.kill();
      return response;
    };
  }

  async #readHolder(): Promise<void> {
    const lease = await this.user.resource(Lease).in('ops').find('website-operator');
    this.holder = lease?.spec?.holderIdentity ?? '';
  }
}
