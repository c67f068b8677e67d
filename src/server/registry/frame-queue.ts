/**
 * Frames that wait for a watch's reader, bounded in bytes: a reader that falls too far behind is cut instead of being waited
 * for, and can begin again from its last resourceVersion.
 */
export class FrameQueue {
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(readonly maxBytes: number) {}

  /** Adds a frame, or ends the queue when it does not fit. */
  push(frame: Uint8Array): void {
    if (this.#ended) return;
    this.#bytes += frame.length;
    if (this.#bytes > this.maxBytes) {
      this.#frames = [];
      this.end();
      return;
    }
    this.#frames.push(frame);
    this.#wakeUp();
  }

  /** Nothing more will be pushed; what is there can still be taken. */
  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  /** Everything that is there, waiting for something to be there. Undefined when the queue has ended and is empty. */
  async take(): Promise<Uint8Array[] | undefined> {
    while (this.#frames.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
