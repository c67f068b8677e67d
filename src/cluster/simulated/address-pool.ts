/** IPv4 addresses from a range, each given out once. Addresses that are given back are used again last. */
export class AddressPool {
  readonly #first: number;
  readonly #size: number;
  readonly #free: string[] = [];
  readonly #used = new Set<string>();
  #next = 1;

  /** `first` is the address of the network, which is not given out; `bits` is the length of its prefix. */
  constructor(first: string, bits: number) {
    this.#first = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#size = 2 ** (32 - bits);
  }

  /** Takes an address. Throws a `RangeError` when the range is used up. */
  take(): string {
    while (this.#next < this.#size - 1) {
      const address = this.#at(this.#next++);
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    const address = this.#free.shift();
    if (address === undefined) throw new RangeError(`all ${this.#size} addresses are in use`);
    this.#used.add(address);
    return address;
  }

  /** Marks an address as used that was given out in an earlier life. */
  reserve(address: string): void {
    this.#used.add(address);
  }

  /** Gives an address back. */
  release(address: string): void {
    if (this.#used.delete(address)) this.#free.push(address);
  }

  #at(offset: number): string {
    const value = this.#first + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  }
}
