import { hostname } from 'node:os';
import { formatMicroTime } from '../../meta/index.js';
import { abortForMany, onAbort } from '../../util/abort.js';
import type { Timer } from '../../util/clock.js';
import { fieldsOf, numberOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import { newUid } from '../object/system-fields.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';

/** The Lease of kube-controller-manager: while one runs, it has the lease, and the built-in controllers rest. */
const place = { namespace: 'kube-system', name: 'kube-controller-manager' } as const;

/** The times of kube-controller-manager. */
const leaseMs = 15_000;
const renewDeadlineMs = 10_000;
const retryMs = 2_000;

/** Another server has the lease. */
class LeaseTaken extends Error {}

/**
 * Calls `run` while this server holds the lease of the controllers, with a signal that aborts when it does not hold it any more. At most
 * one server that shares the store does so at a time. Ends when the server closes; the result then gives the lease back.
 */
export function lead(server: ServerContext, run: (signal: AbortSignal) => void): () => Promise<void> {
  const leases = server.scheme.resource('coordination.k8s.io', 'v1', 'leases');
  if (leases === undefined) return async () => {};
  const candidate = new Candidate(server, leases, run);
  const work = candidate.work();
  return async () => {
    await work;
    await candidate.release();
  };
}

class Candidate {
  readonly #identity: string;
  /** The record that was read last, and when it was first read so. */
  #seen: { readonly text: string; readonly at: number } | undefined;
  #term: AbortController | undefined;
  #deadline: Timer | undefined;

  constructor(
    private readonly server: ServerContext,
    private readonly leases: ServedResource,
    private readonly run: (signal: AbortSignal) => void,
  ) {
    this.#identity = `${hostname()}_${newUid(server.random)}`;
  }

  /** Tries to get and to keep the lease until the server closes. */
  async work(): Promise<void> {
    const { clock, closing, random } = this.server;
    onAbort(closing, () => this.#end());
    while (!closing.aborted) {
      // The time counts from before the request, so that this term is over before another one may begin.
      const sent = clock.now();
      try {
        await this.#take();
        if (!closing.aborted) this.#begin(sent);
      } catch (error) {
        // Another server has the lease. After other failures the term goes on until its deadline.
        if (error instanceof LeaseTaken) this.#end();
      }
      const ms = this.#term === undefined ? retryMs * (1 + 1.2 * random()) : retryMs;
      await clock.sleep(ms, { signal: closing }).catch(() => {});
    }
  }

  /** Gives the lease back, if this server has it. */
  async release(): Promise<void> {
    await this.#change((spec) => {
      if (spec.holderIdentity !== this.#identity) throw new LeaseTaken();
      return { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#now() };
    }).catch(() => {});
  }

  #begin(sent: number): void {
    const { clock } = this.server;
    const left = sent + renewDeadlineMs - clock.now();
    this.#deadline?.cancel();
    if (left <= 0) {
      this.#end();
      return;
    }
    this.#deadline = clock.setTimer(left, () => this.#end());
    if (this.#term !== undefined) return;
    this.#term = abortForMany();
    this.run(this.#term.signal);
  }

  #end(): void {
    this.#deadline?.cancel();
    this.#term?.abort();
    this.#term = undefined;
  }

  /** Takes or renews the lease. Throws a `LeaseTaken` if another server has it. */
  async #take(): Promise<void> {
    await this.#change((spec) => {
      const now = this.#now();
      const isOwn = spec.holderIdentity === this.#identity;
      if (!isOwn && !this.#isFree(spec)) throw new LeaseTaken();
      const { acquireTime = now, leaseTransitions } = spec;
      const transitions = numberOf(leaseTransitions) ?? 0;
      return {
        ...spec,
        holderIdentity: this.#identity,
        leaseDurationSeconds: leaseMs / 1_000,
        acquireTime: isOwn ? acquireTime : now,
        renewTime: now,
        leaseTransitions: isOwn || spec.holderIdentity === undefined ? transitions : transitions + 1,
      };
    });
  }

  /** A lease is free if nobody holds it, or if it was not renewed for its time, by the clock of this server. */
  #isFree(spec: JsonObject): boolean {
    const { holderIdentity, leaseDurationSeconds } = spec;
    const text = JSON.stringify(spec);
    if (this.#seen?.text !== text) this.#seen = { text, at: this.server.clock.now() };
    if (textOf(holderIdentity) === '') return true;
    const durationMs = (numberOf(leaseDurationSeconds) ?? leaseMs / 1_000) * 1_000;
    return this.server.clock.now() - this.#seen.at >= durationMs;
  }

  #now(): string {
    return formatMicroTime(this.server.clock.now());
  }

  /** Changes the spec of the lease, or creates it. */
  async #change(change: (spec: JsonObject) => JsonObject): Promise<void> {
    const { createStored, replaceStored } = await loadWrites();
    const options = controllerOptions(place.name);
    const operation = controllerOperation(this.server, this.leases, place, place.name);
    const replaced = await replaceStored(operation, options, (current) => ({
      ...structuredClone(current),
      spec: change(fieldsOf(current.spec)),
    }));
    if (replaced !== undefined) return;
    const { name, namespace } = place;
    const creation = controllerOperation(this.server, this.leases, { namespace }, place.name);
    await createStored(creation, options, { metadata: { name, namespace }, spec: change({}) });
  }
}
