import { Cluster } from 'keelson';
import { HandlerTransport, type LocalServer, type Random } from 'keelson/testing';
import { WebsiteOperator } from '../../../examples/website-operator/operator.js';
import type { FakeClock } from '../../../src/util/fake-clock.js';

/** The header that tells the world which replica asks. */
export const replicaHeader = 'x-replica';

/** The surroundings of a replica. */
export interface ReplicaPlace {
  readonly server: LocalServer;
  readonly clock: FakeClock;
  readonly random: Random;
}

/** One process with the operator in it, and all faults between it and the server. */
export class Replica {
  /** True if the process has ended or was killed. */
  ended = false;
  /** The error with which the run ended, if it failed. */
  failure: unknown;
  readonly operator: WebsiteOperator;
  readonly over: Promise<void>;
  readonly #cluster: Cluster;
  readonly #stop = new AbortController();

  constructor(
    readonly name: string,
    { server, clock, random }: ReplicaPlace,
  ) {
    const transport = new HandlerTransport(server.faults, { [replicaHeader]: name });
    this.#cluster = new Cluster(transport, { clock, random });
    this.operator = new WebsiteOperator(this.#cluster, {
      namespace: 'ops',
      identity: name,
      handleSignals: false,
      concurrency: 2,
      onError: () => {}, // what fails is tried again: here it is no news
      clock,
      random,
    });
    this.over = this.operator
      .run({ signal: this.#stop.signal })
      .catch((error: unknown) => {
        this.failure = error;
      })
      .then(async () => {
        this.ended = true;
        await this.#cluster.close();
      });
  }

  /** As SIGKILL: nothing it sends arrives any more, and it hears of nothing. */
  async kill(): Promise<void> {
    this.ended = true;
    await this.#cluster.close();
    this.#stop.abort();
  }

  /** As SIGTERM: it ends in good order. */
  stop(): void {
    this.#stop.abort();
  }
}
