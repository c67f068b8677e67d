import type { ObjectMeta } from '../../meta/index.js';
import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import type { ResourceRequest } from '../object/server-context.js';
import { namespaceMismatch } from './names.js';

/** The letters generated names end in: no vowels and nothing that looks like another, so that no words come out. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxGeneratedLength = 63;

/** Now, as objects carry it: whole seconds in UTC. */
export function timestamp(clock: Clock, offsetSeconds = 0): string {
  const seconds = Math.floor(clock.now() / 1_000 + offsetSeconds);
  if (lastTime.seconds !== seconds) {
    lastTime.seconds = seconds;
    lastTime.text = `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
  }
  return lastTime.text;
}

/** The last time that was written: most are of the same second. */
const lastTime = { seconds: Number.NaN, text: '' };

/** A random UUID (version 4) from the server's own source of randomness. */
export function newUid(random: Random): string {
  const word = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const [first, second, third, fourth] = [word(), word(), word(), word()];
  const variant = '89ab'[Number.parseInt(third[0] ?? '0', 16) & 3] ?? '8';
  return `${first}-${second.slice(0, 4)}-4${second.slice(5)}-${variant}${third.slice(1, 4)}-${third.slice(4)}${fourth}`;
}

/** A name from a prefix: cut so that it fits in 63 characters, with five random letters. */
export function generateName(prefix: string, random: Random): string {
  let suffix = '';
  for (let i = 0; i < suffixLength; i++) suffix += alphabet[Math.floor(random() * alphabet.length)] ?? 'x';
  return prefix.slice(0, maxGeneratedLength - suffixLength) + suffix;
}

/** Drops what a client has no say in. */
export function wipeSystemFields(meta: ObjectMeta): void {
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.uid;
  delete meta.creationTimestamp;
}

/** Sets what the server alone decides when an object is made. */
export function fillSystemFields(meta: ObjectMeta, request: ResourceRequest): void {
  const { server, resource, path } = request;
  if (resource.namespaced) {
    if ((meta.namespace ?? '') !== '' && meta.namespace !== path.namespace) throw namespaceMismatch();
    meta.namespace = path.namespace;
  }
  meta.uid = newUid(server.random);
  meta.creationTimestamp = timestamp(server.clock);
  if ((meta.name ?? '') === '' && (meta.generateName ?? '') !== '') {
    meta.name = generateName(meta.generateName ?? '', server.random);
  }
}
