import { readFileSync } from 'node:fs';

/** Where the facts of the wire are. */
export const factsFolder = new URL('../../../generated/facts/wire/', import.meta.url);

const read = (path: string) => JSON.parse(readFileSync(new URL(`${path}.json`, factsFolder), 'utf8'));

/** Every kind there are facts of, as its apiVersion and its name. */
export const allKinds: readonly (readonly [apiVersion: string, kind: string])[] = Object.entries(
  read('index') as Record<string, string>,
).flatMap(([apiVersion, path]) => Object.keys(read(path).kinds).map((kind): [string, string] => [apiVersion, kind]));
