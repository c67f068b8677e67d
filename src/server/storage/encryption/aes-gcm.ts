import { Buffer } from 'node:buffer';
import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { namesOf, type Sealer, type SealingKey, tooShort } from './sealer.js';

const nonceLength = 12;
const tagLength = 16;

/**
 * The provider `aesgcm`: a random nonce, AES-GCM, then the tag. The place of the value is authenticated, so that a value that was moved
 * to another key cannot be read. Random nonces allow 2^32 writes with one key.
 */
export function aesGcm(key: SealingKey): Sealer {
  const algorithm: CipherGCMTypes =
    key.secret.length === 16 ? 'aes-128-gcm' : key.secret.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
  return {
    ...namesOf('aesgcm', key),
    seal: (value, place) => {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv(algorithm, key.secret, nonce, { authTagLength: tagLength });
      cipher.setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, place) => {
      if (sealed.length < nonceLength + tagLength) throw tooShort();
      const decipher = createDecipheriv(algorithm, key.secret, sealed.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(-tagLength));
      const start = decipher.update(sealed.subarray(nonceLength, -tagLength));
      try {
        return Buffer.concat([start, decipher.final()]);
      } catch (cause) {
        throw new Error('cipher: message authentication failed', { cause });
      }
    },
  };
}
