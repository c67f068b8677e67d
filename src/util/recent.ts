/** The size of an entry besides the length of its key. */
const entryWeight = 64;

/**
 * Values by texts that somebody else chooses: those used lately are remembered, the others are forgotten before they take more than
 * so much room, counted in characters of their keys.
 */
export class Recent<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #weight = 0;

  constructor(
    /** Characters of all keys together; longer keys than an eighth of it are never remembered. */
    private readonly maxLength: number,
  ) {}

  get(key: string): V | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (key.length > this.maxLength / 8) return;
    // Half is given up at once: what has been asked for since the last time stays.
    if (this.#weight > this.maxLength / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    if (!this.#young.has(key)) this.#weight += key.length + entryWeight;
    this.#young.set(key, value);
  }
}
