import type { Readable, Writable } from 'node:stream';

/** Passes the output of a container to everyone who listens, at the pace of the slowest. */
export class OutputHub {
  readonly #sinks = new Set<(chunk: Buffer) => Promise<void>>();
  readonly #ends = new Map<Writable, () => void>();
  readonly #done: Promise<void>;
  #over = false;

  /** `record` is called for each piece before the listeners get it. */
  constructor(source: Readable | undefined, record: (chunk: Buffer) => Promise<void>) {
    this.#done = this.#pump(source, record);
  }

  /** Resolves when the output has ended. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Passes output to `sink` from now on. Resolves when the output has ended, or `sink` has. */
  async attach(sink: Writable): Promise<void> {
    if (this.#over || sink.destroyed) return;
    await new Promise<void>((resolve) => {
      const write = (chunk: Buffer) => writeTo(sink, chunk);
      const end = () => {
        this.#sinks.delete(write);
        this.#ends.delete(sink);
        resolve();
      };
      this.#sinks.add(write);
      this.#ends.set(sink, end);
      sink.once('close', end);
    });
  }

  /** Passes nothing more to `sink`. */
  detach(sink: Writable): void {
    this.#ends.get(sink)?.();
  }

  async #pump(source: Readable | undefined, record: (chunk: Buffer) => Promise<void>): Promise<void> {
    try {
      for await (const chunk of source ?? []) {
        await record(chunk);
        if (this.#sinks.size > 0) await Promise.all([...this.#sinks].map((write) => write(chunk)));
      }
    } catch {
      // The output broke: the exit of the process tells the rest.
    }
    this.#over = true;
    for (const end of [...this.#ends.values()]) end();
  }
}

/** Writes, and waits while the stream is full. Resolves as well when the stream is closed. */
function writeTo(sink: Writable, chunk: Buffer): Promise<void> {
  if (sink.destroyed || sink.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      sink.off('close', settle);
      resolve();
    };
    sink.once('close', settle);
    sink.write(chunk, settle);
  });
}
