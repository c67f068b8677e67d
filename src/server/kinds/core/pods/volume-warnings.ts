import { fieldsOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';

// Files of one volume that lie where another one is, or inside of it: only one of the two can be there.

interface File {
  readonly path: string;
  readonly source: string;
}

/** The texts of Warning headers about the files of a pod's volumes. */
export function overlapWarnings(spec: JsonObject): string[] {
  return objectsOf(spec.volumes).flatMap((volume) => {
    const name = JSON.stringify(textOf(volume.name));
    const [config, secret] = [fieldsOf(volume.configMap), fieldsOf(volume.secret)];
    const told = (files: readonly File[], of: string): string[] =>
      overlaps(files).map((pair) => `volume ${name} (${of}): overlapping paths: ${pair}`);
    return [
      ...told(filesOf(config.items, ''), `ConfigMap ${JSON.stringify(textOf(config.name))}`),
      ...told(filesOf(secret.items, ''), `Secret ${JSON.stringify(textOf(secret.secretName))}`),
      ...told(filesOf(fieldsOf(volume.downwardAPI).items, ''), 'DownwardAPI'),
      ...objectsOf(fieldsOf(volume.projected).sources)
        .filter((source) => Object.keys(source).length === 0)
        .map(() => `volume ${name} (Projected) has no sources provided`),
      ...told(objectsOf(fieldsOf(volume.projected).sources).flatMap(projected), 'Projected'),
    ];
  });
}

function filesOf(items: unknown, source: string): File[] {
  return objectsOf(items).map(({ path }) => ({ path: textOf(path), source }));
}

function projected(source: JsonObject): File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const named = (of: unknown): string => JSON.stringify(textOf(fieldsOf(of).name));
  if (fieldsOf(configMap).items !== undefined)
    return filesOf(fieldsOf(configMap).items, `ConfigMap ${named(configMap)}`);
  if (fieldsOf(secret).items !== undefined) return filesOf(fieldsOf(secret).items, `Secret ${named(secret)}`);
  if (fieldsOf(downwardAPI).items !== undefined) return filesOf(fieldsOf(downwardAPI).items, 'DownwardAPI');
  if (serviceAccountToken === undefined) return [];
  return [{ path: textOf(fieldsOf(serviceAccountToken).path), source: 'ServiceAccountToken' }];
}

/** Removes the slashes at the end of a path. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

function overlaps(files: readonly File[]): string[] {
  const before: File[] = [];
  return files.flatMap(({ path, source }) => {
    const file = { path: withoutSlashes(path), source };
    const inside = (one: string, other: string): boolean => `${one}/`.startsWith(`${other}/`);
    const found = before.filter(
      (other) =>
        file.path !== '' && other.path !== '' && (inside(other.path, file.path) || inside(file.path, other.path)),
    );
    before.push(file);
    return found.map((other) => `${shown(file)} with ${shown(other)}`);
  });
}

function shown({ path, source }: File): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
