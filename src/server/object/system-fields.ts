import type { ObjectMeta } from '../../meta/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';

/** The letters that generated names end in: without vowels and look-alikes, so that they spell no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxGeneratedLength = 63;

/** Returns the time now, plus an offset, as objects hold it: whole seconds in UTC. */
export function timestamp(clock: Clock, offsetSeconds = 0): string {
  const seconds = Math.floor(clock.now() / 1_000 + offsetSeconds);
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}

/** Returns a random UUID (version 4). */
export function newUid(random: Random): string {
  const word = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const [first, second, third, fourth] = [word(), word(), word(), word()];
  const variant = '89ab'[Number.parseInt(third[0] ?? '0', 16) & 3] ?? '8';
  return `${first}-${second.slice(0, 4)}-4${second.slice(5)}-${variant}${third.slice(1, 4)}-${third.slice(4)}${fourth}`;
}

/** Returns a prefix, cut so that the name fits in 63 characters, with five random letters. */
export function generateName(prefix: string, random: Random): string {
  let suffix = '';
  for (let i = 0; i < suffixLength; i++) suffix += alphabet[Math.floor(random() * alphabet.length)] ?? 'x';
  return prefix.slice(0, maxGeneratedLength - suffixLength) + suffix;
}

/** Removes the metadata that clients cannot set. */
export function wipeSystemFields(meta: ObjectMeta): void {
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.uid;
  delete meta.creationTimestamp;
}
