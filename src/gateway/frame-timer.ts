import type { Clock, Timer } from '../util/clock.js';
import { turn } from '../util/next-turn.js';

/** Connections that are served in one turn of the event loop. */
const A_TURN = 64;

/** A thing that sends what is new once a frame. Returns false if it has to wait for its browser. */
export interface Flushed {
  flush(): boolean;
}

/** The pace at which changes go to browsers: many changes of a moment become one message. */
export class FrameTimer {
  readonly #clock: Clock;
  readonly #frameMs: number;
  readonly #all: Iterable<Flushed>;
  #timer: Timer | undefined;
  #running = false;
  #again = false;
  #closed = false;

  constructor(all: Iterable<Flushed>, frameMs: number, clock: Clock) {
    this.#all = all;
    this.#frameMs = frameMs;
    this.#clock = clock;
  }

  /** Asks for another frame. */
  ask(): void {
    if (this.#running) this.#again = true;
    else if (this.#timer === undefined && !this.#closed)
      this.#timer = this.#clock.setTimer(this.#frameMs, () => void this.#run());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#again = false;
    let served = 0;
    for (const one of this.#all) {
      if (!one.flush()) this.#again = true;
      if (++served % A_TURN === 0) await turn();
    }
    this.#running = false;
    if (this.#again) this.ask();
  }
}
