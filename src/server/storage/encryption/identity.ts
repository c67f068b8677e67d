import type { Sealer } from './sealer.js';

/** The start of every encrypted value. */
const encryptedPrefix = 'k8s:enc:';

/** The provider `identity`: stores values as they are, and refuses to read encrypted ones. */
export const identity: Sealer = {
  prefix: new Uint8Array(),
  id: '',
  seal: (value) => value,
  open: (stored) => {
    if (isEncrypted(stored)) throw new Error('identity transformer tried to read encrypted data');
    return stored;
  },
};

/** Reports whether a stored value is encrypted, by any provider. */
function isEncrypted(stored: Uint8Array): boolean {
  for (let i = 0; i < encryptedPrefix.length; i++) if (stored[i] !== encryptedPrefix.charCodeAt(i)) return false;
  return true;
}
