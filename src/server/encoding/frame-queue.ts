/** The most bytes that are taken at once and copied together. A single larger frame is taken as it is, so that watches share it. */
const batchBytes = 64 * 1024;

/** The queue lets go of frames that were taken once there are so many. */
const mostTaken = 1_000;

/**
 * Frames that wait for a watch's reader, bounded in bytes: a reader that falls too far behind is cut instead of being waited
 * for, and can begin again from its last resourceVersion. Frames leave the queue only a little ahead of the reader, so that the
 * bound holds whatever the reader reads in between.
 */
export class FrameQueue {
  #frames: Uint8Array[] = [];
  /** The index of the first frame that was not taken. */
  #next = 0;
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(readonly maxBytes: number) {}

  /** Adds a frame, or ends the queue when it does not fit. */
  push(frame: Uint8Array): void {
    if (this.#ended) return;
    this.#bytes += frame.length;
    if (this.#bytes > this.maxBytes) {
      this.#clear();
      this.end();
      return;
    }
    this.#frames.push(frame);
    this.#wakeUp();
  }

  /** Ends the queue: nothing more will be pushed. What is there can still be taken. */
  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  /** Takes the next frames, at most a batch of them, waiting for one. Undefined when the queue has ended and is empty. */
  async take(): Promise<Uint8Array[] | undefined> {
    while (this.#next === this.#frames.length) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const first = this.#next;
    let bytes = 0;
    do bytes += this.#frames[this.#next++]?.length ?? 0;
    while (this.#next < this.#frames.length && bytes + (this.#frames[this.#next]?.length ?? 0) <= batchBytes);
    const taken = this.#frames.slice(first, this.#next);
    this.#bytes -= bytes;
    // What was taken is let go of now and then: a queue that is never empty would keep it.
    if (this.#next === this.#frames.length || this.#next >= mostTaken) {
      this.#frames = this.#frames.slice(this.#next);
      this.#next = 0;
    }
    return taken;
  }

  #clear(): void {
    this.#frames = [];
    this.#next = 0;
    this.#bytes = 0;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
