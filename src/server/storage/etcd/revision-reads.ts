/**
 * Reads of the store's revision that many callers share. A caller gets the result of a read that began after its call: one that was under
 * way may have missed a write that was answered meanwhile.
 */
export class RevisionReads {
  #running: Promise<number> | undefined;
  #next: Promise<number> | undefined;

  constructor(private readonly readRevision: () => Promise<number>) {}

  read(): Promise<number> {
    if (this.#running === undefined) return this.#begin();
    const after = (): Promise<number> => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next ??= this.#running.then(after, after);
    return this.#next;
  }

  #begin(): Promise<number> {
    const running = this.readRevision().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
