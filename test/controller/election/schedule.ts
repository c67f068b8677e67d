import { LeaderElector } from '../../../src/controller/election/leader-elector.js';
import type { LeaderTerm, Term } from '../../../src/controller/election/term.js';
import { type Random, seededRandom } from '../../../src/util/random.js';
import { MachineClock } from './machine-clock.js';
import { SimulatedLease } from './simulated-lease.js';
import { World } from './world.js';

/** The additional faults of a schedule. Every schedule has network faults, clocks that differ, pauses, kills and restarts. */
export const TROUBLES = ['none', 'set clocks', 'suspended machines', 'same names', 'deleted lease'] as const;

/** One of them. */
export type Trouble = (typeof TROUBLES)[number];

/** The time with faults, and the time without faults after it. */
const TROUBLED_MS = 90_000;
const CALM_MS = 80_000;
/** A term by the slowest clock: whoever leads by a lease that was deleted has ended, or made it anew. */
const TERM_MS = 12_000;
/** After trouble ends: a whole lease by the slowest clock, a few tries, and requests that hang. */
const LEADER_WITHIN_MS = 60_000;

/** One process that takes part in the election. */
interface Candidate {
  readonly name: string;
  readonly clock: MachineClock;
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  /** The term its work runs in, until the work has settled. */
  term: LeaderTerm | undefined;
}

/** The result of one schedule. */
export interface Outcome {
  readonly objections: readonly string[];
  readonly terms: number;
  readonly acts: number;
}

/** One random course of an election, decided by `seed`. */
export class Schedule {
  readonly world: World;
  readonly lease: SimulatedLease;
  readonly #random: Random;
  readonly #trouble: Trouble;
  readonly #candidates: Candidate[] = [];
  readonly #objections: string[] = [];
  #tokens = 0;
  #terms = 0;
  #acts = 0;
  #calm = false;

  constructor(seed: number, trouble: Trouble) {
    this.#random = seededRandom(seed);
    this.#trouble = trouble;
    this.world = new World(this.#random);
    this.lease = new SimulatedLease(this.world);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const count = 2 + Math.floor(this.#random() * 3);
    for (let i = 0; i < count; i++) world.at(world.between(0, 20_000), () => this.#start(i));
    this.lease.faults = {
      lostRequest: world.between(0, 0.2),
      lostAnswer: world.between(0, 0.2),
      serverError: world.between(0, 0.1),
      slowMs: world.between(20, 20_000),
    };
    this.#troubles();
    await world.run(TROUBLED_MS, () => this.#check());
    this.#calmDown();
    await world.run(TROUBLED_MS + LEADER_WITHIN_MS, () => this.#check());
    const first = this.#leaders();
    if (first.length !== 1) this.#object(`${first.length} lead ${LEADER_WITHIN_MS} ms after the trouble`);
    const terms = this.#terms;
    await world.run(TROUBLED_MS + CALM_MS, () => this.#check());
    if (this.#terms !== terms) this.#object('leadership changed although nothing was wrong');
    for (const { stop, clock } of this.#candidates) clock.run(() => stop.abort(new Error('the end')));
    await world.run(TROUBLED_MS + CALM_MS + 30_000, () => this.#check());
    if (this.lease.stored?.spec?.holderIdentity !== '') this.#object('the lease was not given back in the end');
    return { objections: this.#objections, terms: this.#terms, acts: this.#acts };
  }

  #start(slot: number): void {
    const { world } = this;
    const clock = new MachineClock(world, {
      rate: world.between(0.9, 1.1),
      offsetMs: world.between(-3_600_000, 3_600_000),
    });
    const identity = this.#trouble === 'same names' ? 'web-0' : undefined;
    const elector = new LeaderElector(this.lease.from(clock), {
      name: 'l',
      namespace: 'n',
      identity,
      releaseOnCancel: true,
      clock,
      random: this.#random,
    });
    const candidate: Candidate = { name: `${slot}`, clock, elector, stop: new AbortController(), term: undefined };
    this.#candidates[slot] = candidate;
    const again = (): void => {
      elector.run({ signal: candidate.stop.signal, lead: (term) => this.#work(candidate, term) }).then(
        () => undefined,
        () => candidate.clock.setTimer(world.between(0, 5000), again),
      );
    };
    clock.run(again);
  }

  /** Work that acts now and then, and takes its time to end. Before each act it asks whether it may. */
  async #work(candidate: Candidate, term: LeaderTerm): Promise<void> {
    const { clock } = candidate;
    this.#terms++;
    this.#begins(candidate, term);
    candidate.term = term;
    const stubborn = this.#random() < 0.2;
    try {
      while (!term.signal.aborted) {
        this.#act(candidate, term);
        await clock.sleep(this.world.between(200, 3000), stubborn ? {} : { signal: term.signal });
      }
      // Some end at once, some have to finish what they began.
      if (stubborn) await clock.sleep(this.world.between(0, 10_000));
      this.#act(candidate, term);
    } finally {
      candidate.term = undefined;
    }
  }

  #act(candidate: Candidate, term: LeaderTerm): void {
    term.check();
    this.#acts++;
    const others = this.#leaders().filter((other) => other !== candidate);
    if (others.length > 0) this.#object(`${candidate.name} acts while ${others.map(({ name }) => name)} leads`);
  }

  #begins(candidate: Candidate, term: LeaderTerm): void {
    for (const other of this.#candidates) {
      if (other === candidate || other?.term === undefined || other.clock.dead) continue;
      // A process that stands still hears nothing, but does nothing either; one that has just woken hears of it in a second.
      const asleep = other.clock.paused || this.world.now - other.clock.wokeAt < 1200;
      if (!other.term.signal.aborted && !asleep) {
        this.#object(`${candidate.name} begins to lead before ${other.name} was told to end`);
      }
    }
    if (this.#trouble !== 'deleted lease' && term.token < this.#tokens) this.#object('a later term has a lower number');
    this.#tokens = Math.max(this.#tokens, term.token);
  }

  /** Returns the candidates that lead at this instant by their own clocks, without changing them. */
  #leaders(): Candidate[] {
    return this.#candidates.filter(
      (candidate) => candidate?.term !== undefined && !candidate.clock.dead && (candidate.term as Term).remainingMs > 0,
    );
  }

  #check(): void {
    const leaders = this.#leaders();
    if (leaders.length > 1) this.#object(`${leaders.map(({ name }) => name).join(' and ')} lead at once`);
  }

  #troubles(): void {
    const { world } = this;
    for (let at = world.between(5000, 20_000); at < TROUBLED_MS; at += world.between(500, 15_000)) {
      world.at(at, () => this.#somethingHappens());
    }
  }

  #somethingHappens(): void {
    const { world, lease } = this;
    const candidate = this.#candidates[Math.floor(this.#random() * this.#candidates.length)];
    if (candidate === undefined || this.#calm) return;
    const dice = this.#random();
    if (dice < 0.25) candidate.clock.pause(world.between(100, 40_000));
    else if (dice < 0.35) {
      lease.outage = true;
      world.at(world.now + world.between(1000, 20_000), () => {
        lease.outage = false;
      });
    } else if (dice < 0.5) this.#restart(candidate, true);
    else if (dice < 0.6) this.#restart(candidate, false);
    else if (dice < 0.7) lease.touch();
    else if (this.#trouble === 'set clocks') candidate.clock.setBy(world.between(-60_000, 60_000));
    else if (this.#trouble === 'suspended machines') candidate.clock.suspend(world.between(100, 60_000));
    else if (this.#trouble === 'deleted lease' && this.#allKnowTheLease()) lease.delete();
  }

  /** Killed, or stopped with good grace; a new process follows in its place. */
  #restart(candidate: Candidate, kill: boolean): void {
    const { world, lease } = this;
    if (kill) candidate.clock.kill();
    else candidate.clock.run(() => candidate.stop.abort(new Error('restart')));
    const slot = this.#candidates.indexOf(candidate);
    // A candidate that starts without a Lease cannot know that one existed.
    if (this.#trouble === 'deleted lease') return;
    world.at(world.now + world.between(0, 5000), () => {
      const waiting = !candidate.clock.dead && (candidate.term !== undefined || lease.outage);
      if (waiting) world.at(world.now + 15_000, () => this.#replace(slot, candidate));
      else this.#replace(slot, candidate);
    });
  }

  #replace(slot: number, candidate: Candidate): void {
    if (this.#candidates[slot] !== candidate) return;
    // Even one told to end long ago may be at it still: it stays in the reckoning.
    if (!candidate.clock.dead && candidate.term !== undefined) this.#candidates.push(candidate);
    this.#start(slot);
  }

  #allKnowTheLease(): boolean {
    const alive = this.#candidates.filter((candidate) => candidate !== undefined && !candidate.clock.dead);
    return this.world.now > 20_000 && alive.every(({ elector }) => elector.leader !== '');
  }

  #calmDown(): void {
    this.#calm = true;
    this.lease.faults = { lostRequest: 0, lostAnswer: 0, serverError: 0, slowMs: 20 };
    this.lease.outage = false;
    // Whoever stands still goes on, and there is somebody to lead.
    if (!this.#candidates.some(({ clock, stop }) => !clock.dead && !clock.paused && !stop.signal.aborted)) {
      const start = () => this.#start(this.#candidates.length);
      // A candidate that starts without a Lease cannot know that one existed, and that its holder is only suspended.
      if (this.#trouble === 'deleted lease') this.world.at(this.world.now + TERM_MS, start);
      else start();
    }
  }

  #object(what: string): void {
    if (this.#objections.length < 5) this.#objections.push(`at ${Math.round(this.world.now)} ms: ${what}`);
  }
}
