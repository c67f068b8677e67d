const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Returns the 32-bit FNV-1a hash of some bytes, continued from `seed`. */
export function fnv1a(bytes: Uint8Array, seed = OFFSET): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME) >>> 0;
  return hash;
}

/** Returns the 32-bit FNV-1 hash of some bytes. */
export function fnv1(bytes: Uint8Array): number {
  let hash = OFFSET;
  for (const byte of bytes) hash = (Math.imul(hash, PRIME) ^ byte) >>> 0;
  return hash;
}

/** Returns a text as names carry it: without vowels and lookalikes, so that no word comes out by chance. */
export function safeEncode(text: string): string {
  return Array.from(text, (char) => ALPHABET[char.charCodeAt(0) % ALPHABET.length]).join('');
}
