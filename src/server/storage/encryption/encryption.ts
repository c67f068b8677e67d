import { Buffer } from 'node:buffer';
import type { KeyValue } from '../storage.js';
import { identity } from './identity.js';
import type { Sealer } from './sealer.js';

/** The keys for some resources. The first one encrypts, and all of them are tried to decrypt. */
export interface EncryptionRule {
  /** Such as `secrets`, `deployments.apps`, `*.apps`, `*.` for the core group, or `*.*`. */
  readonly resources: readonly string[];
  readonly sealers: readonly Sealer[];
}

/** A value as it is stored, and the id of the sealer that encrypted it. */
export interface SealedValue {
  readonly stored: Uint8Array;
  readonly sealedBy: string;
}

/** A decrypted value, and the id of the sealer that had encrypted it. */
export interface OpenedValue {
  readonly value: Uint8Array;
  readonly sealedBy: string;
}

const plainOnly: readonly Sealer[] = [identity];

/** The encryption of values where they are stored, by resource. Values of resources without a rule are stored as they are. */
export class Encryption {
  #rules = new Map<string, readonly Sealer[]>();
  readonly #subscribers = new Set<() => void>();
  /** The sealers of the resources that were asked for. */
  #found = new Map<string, readonly Sealer[]>();

  /** `resourceOf` returns the resource of a key, such as `secrets` or `deployments.apps`. */
  constructor(
    rules: readonly EncryptionRule[],
    private readonly resourceOf: (key: string) => string,
  ) {
    this.replace(rules);
  }

  /** Uses other rules from now on. Values that are stored stay as they are until they are written again. */
  replace(rules: readonly EncryptionRule[]): void {
    const byResource = new Map<string, readonly Sealer[]>();
    for (const { resources, sealers } of rules)
      for (const resource of resources) byResource.set(resource, [...(byResource.get(resource) ?? []), ...sealers]);
    this.#rules = byResource;
    this.#found = new Map();
    for (const subscriber of this.#subscribers) subscriber();
  }

  /** Calls `subscriber` after every `replace`. Returns a function that ends that. */
  subscribe(subscriber: () => void): () => void {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  /** Encrypts a value to store under `key`. `place` is the key in the store, if it differs. */
  seal(key: string, value: Uint8Array, place = key): SealedValue {
    const [sealer = identity] = this.#sealers(key);
    const { prefix, id: sealedBy } = sealer;
    const sealed = sealer.seal(value, place);
    return { stored: prefix.length === 0 ? sealed : Buffer.concat([prefix, sealed]), sealedBy };
  }

  /** Decrypts a value that is stored under `key`. Throws if no configured key fits it. */
  open(key: string, stored: Uint8Array, place = key): OpenedValue {
    const failures: string[] = [];
    const sealers = this.#sealers(key);
    for (const { prefix, id, open } of sealers) {
      if (!startsWith(stored, prefix)) continue;
      try {
        return { value: open(stored.subarray(prefix.length), place), sealedBy: id };
      } catch (error) {
        // The provider identity does not fail for an encrypted value while another provider may read it.
        if (prefix.length > 0 || sealers === plainOnly) failures.push((error as Error).message);
      }
    }
    const [first = 'no matching key was found', ...more] = failures;
    throw new Error(more.length === 0 ? first : `[${failures.join(', ')}]`);
  }

  /** Reports whether a value would be encrypted differently if it was written now. */
  isStale({ key, sealedBy = '' }: KeyValue): boolean {
    const [sealer = identity] = this.#sealers(key);
    return sealer.id !== sealedBy;
  }

  #sealers(key: string): readonly Sealer[] {
    if (this.#rules.size === 0) return plainOnly;
    const resource = this.resourceOf(key);
    let found = this.#found.get(resource);
    if (found === undefined) {
      const dot = resource.indexOf('.');
      const group = dot < 0 ? '' : resource.slice(dot + 1);
      found = this.#rules.get(resource) ?? this.#rules.get(`*.${group}`) ?? this.#rules.get('*.*') ?? plainOnly;
      this.#found.set(resource, found);
    }
    return found;
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, index) => byte === bytes[index]);
}
