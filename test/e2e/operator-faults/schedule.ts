import { isNotFound, mergePatch } from 'keelson';
import type { FaultRule, RequestFault, RequestMatch } from 'keelson/testing';
import type { World } from './world.js';

const names = ['blog', 'wiki', 'docs', 'mail', 'news'];
const hosts = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.example.com`);
const writes = ['create', 'update', 'patch', 'delete'] as const;

/** One run: users who change their minds, and all that can go wrong, as chance has it. */
export class Schedule {
  readonly world: World;
  /** The steps so far, for finding the cause of a failure. */
  readonly log: string[] = [];
  readonly #stalls: { readonly rule: FaultRule; left: number }[] = [];

  constructor(world: World) {
    this.world = world;
  }

  /** Goes through so many steps, then lets everything be well again. */
  async run(steps: number): Promise<void> {
    const { world } = this;
    world.startReplica();
    world.startReplica();
    await world.pass(500);
    for (let step = 0; step < steps; step++) {
      for (let count = 1 + this.#below(3); count > 0; count--) await this.#do(this.#userAction());
      for (let count = this.#below(3); count > 0; count--) await this.#do(this.#trouble());
      await world.pass(250 * (1 + this.#below(this.#chance(0.2) ? 80 : 12)));
      this.#calm();
      if (world.alive.length < 2 && this.#chance(0.5))
        await this.#do(['another replica', async () => world.startReplica()]);
    }
    world.onLeaderWrite = undefined;
    this.#stalls.splice(0);
    await world.server.faults.clear();
    await world.server.up();
    while (world.alive.length < 2) world.startReplica();
  }

  async #do([what, act]: Action): Promise<void> {
    this.log.push(`${this.world.clock.now() / 1000 - 1_767_225_600}s ${what}`);
    try {
      await act();
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #userAction(): Action {
    const { world } = this;
    const name = this.#pick(names);
    const host = this.#pick(hosts);
    const replicas = this.#below(4);
    const { websites, deployments, services, directory } = world;
    const make = async () => {
      if ((await websites.find(name)) === undefined)
        await websites.create({ metadata: { name }, spec: { host, replicas } });
      else await websites.patch(name, mergePatch({ spec: { host, replicas } }));
    };
    const found: Action[] = [
      [`website ${name} at ${host} with ${replicas}`, make],
      [`website ${name} at ${host} with ${replicas}`, make],
      [`website ${name} at ${host} with ${replicas}`, make],
      [`delete website ${name}`, () => websites.delete(name)],
      [
        `delete website ${name}, and make it again as soon as it has gone`,
        async () => {
          await websites.delete(name);
          if ((await websites.find(name)) === undefined) await make();
        },
      ],
      [`somebody scales ${name}`, () => deployments.patch(name, mergePatch({ spec: { replicas: 9 } }))],
      [`somebody deletes the deployment ${name}`, () => deployments.delete(name)],
      [`somebody deletes the service ${name}`, () => services.delete(name)],
      [`${name} is rolled out`, async () => world.rollOut(await deployments.get(name))],
      [
        `somebody enters ${name} at ${host} in the directory`,
        () => directory.patch('website-directory', mergePatch({ data: { [host]: `shop/${name}` } })),
      ],
      [
        `somebody takes ${host} out of the directory`,
        () => directory.patch('website-directory', mergePatch({ data: { [host]: null } })),
      ],
    ];
    return this.#pick(found);
  }

  #trouble(): Action {
    const { world } = this;
    const { faults } = world.server;
    const times = 1 + this.#below(4);
    const meet = (what: string, match: RequestMatch, fault: RequestFault, probability = 0.5): Action => [
      `${what} ${times} times`,
      async () => void faults.add(match, fault, { times, probability }),
    ];
    const reads: RequestMatch = { verb: ['get', 'list', 'watch'] };
    const found: Action[] = [
      ['watches are cut', async () => void faults.cutWatches()],
      ['watches end', async () => void faults.endWatches()],
      ['watches expire', async () => void faults.expireWatches()],
      ['history is compacted', () => faults.compact()],
      ['watches stall', async () => this.#stall({})],
      ['watches of websites stall', async () => this.#stall({ resource: 'websites' })],
      ['watches of deployments stall', async () => this.#stall({ resource: 'deployments' })],
      meet('429', {}, { kind: 'answer', status: 429, retryAfterSeconds: 1 }),
      meet('500', {}, { kind: 'answer', status: 500 }),
      meet('503', {}, { kind: 'answer', status: 503 }),
      meet('500 for all', {}, { kind: 'answer', status: 500 }, 1),
      meet('a read is expired', reads, { kind: 'expired' }),
      meet('a server that lags', reads, { kind: 'too-large-resource-version' }),
      meet('a slow answer', {}, { kind: 'delay', ms: 500 * (1 + this.#below(20)) }),
      meet('a write is lost', { verb: writes }, { kind: 'lose-request' }),
      meet('the answer to a write is lost', { verb: writes }, { kind: 'lose-answer' }),
      meet('the answer to a write is lost', { verb: writes }, { kind: 'lose-answer' }),
      [
        'the server restarts',
        async () => {
          faults.add({ verb: writes }, { kind: this.#chance(0.5) ? 'lose-request' : 'lose-answer' }, { times: 3 });
          await world.server.down();
          await world.pass(250 * this.#below(60));
          await world.server.up();
        },
      ],
      ['the leader is killed', async () => world.leader?.kill()],
      ['the leader is killed before its next write', async () => this.#killLeader('kill before')],
      ['the leader is killed after its next write', async () => this.#killLeader('kill after')],
      ['the leader is told to end', async () => world.leader?.stop()],
    ];
    return this.#pick(found);
  }

  /** In mid-reconcile: with one of its next few writes. */
  #killLeader(fate: 'kill before' | 'kill after'): void {
    let left = this.#below(5);
    this.world.onLeaderWrite = () => {
      if (left-- > 0) return undefined;
      this.world.onLeaderWrite = undefined;
      return fate;
    };
  }

  #stall(match: RequestMatch): void {
    this.#stalls.push({ rule: this.world.server.faults.stallWatches(match), left: 1 + this.#below(4) });
  }

  /** Stalled watches go on after some steps. */
  #calm(): void {
    for (const stall of this.#stalls) if (--stall.left === 0) stall.rule.remove();
  }

  #below(count: number): number {
    return Math.floor(this.world.random() * count);
  }

  #chance(probability: number): boolean {
    return this.world.random() < probability;
  }

  #pick<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }
}

type Action = readonly [what: string, act: () => Promise<unknown>];
