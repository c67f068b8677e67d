import { refusal } from '../refusals.js';
import type { BrowserStream } from './browser-streams.js';

/** The input that a browser may send before its stream is open, in characters. */
const MOST_CHARACTERS = 1024 * 1024;
/** The writes and resizes that a browser may send before its stream is open. */
const MOST_STEPS = 1_000;

type Input = Pick<BrowserStream, 'write' | 'endInput' | 'resize'>;

/** Input of a browser. What comes before the stream is open waits for it. */
export class EarlyInput implements Input {
  #stream: Input | undefined;
  #waiting: ((stream: Input) => void)[] = [];
  #characters = 0;

  write(data: string): void {
    if (this.#stream === undefined) this.#characters += data.length;
    this.#pass((stream) => stream.write(data));
  }

  endInput(): void {
    this.#pass((stream) => stream.endInput());
  }

  resize(columns: number, rows: number): void {
    this.#pass((stream) => stream.resize(columns, rows));
  }

  /** Passes on what has come, and from now on all at once. */
  open(stream: Input): void {
    this.#stream = stream;
    for (const step of this.#waiting.splice(0)) step(stream);
  }

  #pass(step: (stream: Input) => void): void {
    if (this.#stream !== undefined) {
      step(this.#stream);
      return;
    }
    if (this.#waiting.length >= MOST_STEPS || this.#characters > MOST_CHARACTERS)
      throw refusal(429, 'the stream is not open yet and takes no more input');
    this.#waiting.push(step);
  }
}
