import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { secretbox as box } from '@noble/ciphers/salsa.js';
import { namesOf, type Sealer, type SealingKey, tooShort } from './sealer.js';

const nonceLength = 24;
const tagLength = 16;

/** The provider `secretbox`: a random nonce, then NaCl's secretbox of XSalsa20 and Poly1305. */
export function secretbox(key: SealingKey): Sealer {
  return {
    ...namesOf('secretbox', key),
    seal: (value) => {
      const nonce = randomBytes(nonceLength);
      return Buffer.concat([nonce, box(key.secret, nonce).seal(value)]);
    },
    open: (sealed) => {
      if (sealed.length < nonceLength + tagLength) throw tooShort();
      try {
        return box(key.secret, sealed.subarray(0, nonceLength)).open(sealed.subarray(nonceLength));
      } catch (cause) {
        throw new Error('the stored data does not fit the key', { cause });
      }
    },
  };
}
