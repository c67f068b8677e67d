import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** One key of an encryption provider: encrypts values where they are stored. */
export interface Sealer {
  /** The first bytes of the values that it encrypts, such as `k8s:enc:aescbc:v1:key1:`. */
  readonly prefix: Uint8Array;
  /** Names the provider, the key's name and its secret. Two sealers with one id read each other's values. */
  readonly id: string;
  /** Encrypts a value. `place` is the key that it is stored under. */
  seal(value: Uint8Array, place: string): Uint8Array;
  /** Decrypts what `seal` returned. Throws if the value was encrypted with another key, or changed. */
  open(sealed: Uint8Array, place: string): Uint8Array;
}

/** A named secret of an encryption configuration. */
export interface SealingKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

/** Returns the prefix and the id of a sealer. The id has the start of the secret's hash, which does not tell the secret. */
export function namesOf(provider: string, { name, secret }: SealingKey): Pick<Sealer, 'prefix' | 'id'> {
  const prefix = `k8s:enc:${provider}:v1:${name}:`;
  const hash = createHash('sha256').update(secret).digest('hex');
  return { prefix: Buffer.from(prefix), id: prefix + hash.slice(0, 16) };
}

/** Returns the error for a value that is shorter than any encrypted one. */
export function tooShort(): Error {
  return new Error('the stored data was shorter than the required size');
}
