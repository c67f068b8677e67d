import type { LeaseObject } from '../../../src/controller/election/lease.js';
import type { LeaseStore } from '../../../src/controller/election/lease-store.js';
import { ApiError, NetworkError } from '../../../src/errors/index.js';
import type { MachineClock } from './machine-clock.js';
import type { World } from './world.js';

/** The faults of the network and the server, as probabilities per request. */
export interface Faults {
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly serverError: number;
  /** The greatest delay of slow requests and answers, in milliseconds. */
  readonly slowMs: number;
}

const NO_FAULTS: Faults = { lostRequest: 0, lostAnswer: 0, serverError: 0, slowMs: 20 };

/** One Lease on a server that compares resourceVersions, behind a network that loses and delays. */
export class SimulatedLease {
  faults: Faults = NO_FAULTS;
  /** True: nothing gets through. */
  outage = false;
  stored: LeaseObject | undefined;
  writes = 0;
  #version = 0;

  constructor(readonly world: World) {}

  /** Somebody deletes it. */
  delete(): void {
    this.stored = undefined;
  }

  /** Somebody makes an edit that changes nothing of the record, such as a label. */
  touch(): void {
    if (this.stored !== undefined) this.#store(this.stored);
  }

  /** The way to it from one machine. */
  from(machine: MachineClock): LeaseStore {
    return {
      find: () => this.#call(machine, () => this.stored),
      create: (lease) =>
        this.#call(machine, () => {
          if (this.stored !== undefined) throw refusal(409, 'AlreadyExists');
          return this.#store(lease);
        }),
      replace: (lease) =>
        this.#call(machine, () => {
          if (this.stored === undefined) throw refusal(404, 'NotFound');
          if (this.stored.metadata?.resourceVersion !== lease.metadata?.resourceVersion) throw refusal(409, 'Conflict');
          return this.#store(lease);
        }),
    };
  }

  #store(lease: LeaseObject): LeaseObject {
    this.writes++;
    this.stored = structuredClone({
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: String(++this.#version) },
    });
    return this.stored;
  }

  #call<T>(machine: MachineClock, act: () => T): Promise<T> {
    const { world, faults } = this;
    const lost = (probability: number) => this.outage || world.chance(probability);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => {
        if (lost(faults.lostAnswer)) {
          if (world.chance(0.5)) world.at(this.#later(), () => machine.run(() => reject(new NetworkError('reset'))));
          return;
        }
        world.at(this.#later(), () => machine.run(settle));
      };
      const fail = (error: unknown) => answer(() => reject(error));
      if (lost(faults.lostRequest)) {
        if (world.chance(0.5)) fail(new NetworkError('refused'));
        return;
      }
      world.at(this.#later(), () => {
        if (world.chance(faults.serverError)) {
          // Half of these come of work that was done nevertheless.
          if (world.chance(0.5)) attempt(act);
          fail(refusal(world.chance(0.5) ? 500 : 504, ''));
          return;
        }
        const result = attempt(act);
        if ('error' in result) fail(result.error);
        else {
          const copy = structuredClone(result.value);
          answer(() => resolve(copy));
        }
      });
    });
  }

  #later(): number {
    const { world, faults } = this;
    return world.now + (world.chance(0.8) ? world.between(1, 20) : world.between(1, faults.slowMs));
  }
}

function attempt<T>(act: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

function refusal(code: number, reason: string): ApiError {
  return new ApiError({ status: { code, reason, status: 'Failure' } });
}
