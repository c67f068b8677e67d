import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { namesOf, type Sealer, type SealingKey, tooShort } from './sealer.js';

const blockLength = 16;

/** The provider `aescbc`: a random initialization vector, then AES-CBC with PKCS #7 padding. It does not notice changed values. */
export function aesCbc(key: SealingKey): Sealer {
  const algorithm = `aes-${key.secret.length * 8}-cbc`;
  return {
    ...namesOf('aescbc', key),
    seal: (value) => {
      const vector = randomBytes(blockLength);
      const cipher = createCipheriv(algorithm, key.secret, vector);
      return Buffer.concat([vector, cipher.update(value), cipher.final()]);
    },
    open: (sealed) => {
      if (sealed.length < blockLength) throw tooShort();
      if (sealed.length % blockLength !== 0) throw new Error('the stored data is not a multiple of the block size');
      const decipher = createDecipheriv(algorithm, key.secret, sealed.subarray(0, blockLength));
      const start = decipher.update(sealed.subarray(blockLength));
      try {
        return Buffer.concat([start, decipher.final()]);
      } catch (cause) {
        throw new Error('invalid padding on input', { cause });
      }
    },
  };
}
