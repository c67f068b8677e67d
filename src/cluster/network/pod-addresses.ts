import { isIPv4 } from 'node:net';
import { ConfigError } from '../../errors/index.js';

/** Hands out the addresses of a pod CIDR. */
export class PodAddresses {
  readonly #first: number;
  readonly #last: number;
  readonly #used = new Set<number>();
  #next: number;

  /** Throws a `ConfigError` for text that is not an IPv4 CIDR with room for pods. */
  constructor(private readonly cidr: string) {
    const [address = '', bits = ''] = cidr.split('/');
    const length = Number(bits);
    if (!isIPv4(address) || !/^\d+$/.test(bits) || length < 8 || length > 30) {
      throw new ConfigError(`cannot use the pod CIDR ${cidr}: it is not an IPv4 range of /8 to /30`);
    }
    const size = 2 ** (32 - length);
    const base = Math.floor(numberOf(address) / size) * size;
    // The first address is the network, the second the gateway, the last the broadcast.
    this.#first = base + 2;
    this.#last = base + size - 2;
    this.#next = this.#first;
  }

  /** Takes an address that is free, the one longest unused first. Throws a `ConfigError` when there is none. */
  take(): string {
    for (let tries = this.#last - this.#first; tries >= 0; tries--) {
      const candidate = this.#next;
      this.#next = candidate >= this.#last ? this.#first : candidate + 1;
      if (this.#used.has(candidate)) continue;
      this.#used.add(candidate);
      return textOf(candidate);
    }
    throw new ConfigError(`cannot give a pod an address: all of ${this.cidr} are in use`);
  }

  /** Gives an address back. */
  release(address: string): void {
    this.#used.delete(numberOf(address));
  }
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
