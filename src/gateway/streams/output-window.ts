/** The output, in characters, that a browser may have received and not read. The source waits beyond it. */
const MOST_UNREAD = 256 * 1024;
/** The longest piece of output, in characters. */
const PIECE = 32 * 1024;

/** The name of an output. */
export type OutputName = 'stdout' | 'stderr';

/** Output on its way to a browser, which says how much it has read. A browser that reads slowly makes the source wait. */
export class OutputWindow {
  readonly #send: (data: string, from: OutputName) => void;
  #unread = 0;
  #waiting: (() => void)[] = [];

  constructor(send: (data: string, from: OutputName) => void) {
    this.#send = send;
  }

  /** Sends output. Resolves when there is room for more. */
  async write(data: string, from: OutputName): Promise<void> {
    for (let at = 0; at < data.length; at += PIECE) {
      const piece = data.slice(at, at + PIECE);
      this.#unread += piece.length;
      this.#send(piece, from);
      while (this.#unread >= MOST_UNREAD) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The browser has read so many characters. */
  read(length: number): void {
    this.#unread = Math.max(0, this.#unread - length);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Lets everyone who waits go on, as the stream has ended. */
  close(): void {
    this.#unread = Number.NEGATIVE_INFINITY;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
