import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../fixtures/agreement/', import.meta.url).href.replace('/dist/test/', '/test/'));

/** A change of an object: at a path, set a value, remove it, swap it with a sibling, or rename its field. */
export interface Change {
  readonly op: 'set' | 'remove' | 'swap' | 'rename';
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}

/** The answer of a kube-apiserver, without what differs from one server to the next. */
export interface RecordedAnswer {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

/** One dry run that was once answered otherwise than by a kube-apiserver. */
export interface AgreementCase {
  /** The kind of write. A `create` sends the changed seed, an `update` the changed stored object, all others `body`. */
  readonly verb: 'create' | 'update' | 'merge' | 'strategic' | 'json' | 'apply';
  /** The index of the valid object that the case starts from. */
  readonly seed: number;
  readonly path: string;
  readonly changes?: readonly Change[];
  readonly body?: unknown;
  readonly answer: RecordedAnswer;
}

/** The cases of one kind. */
export interface AgreementKind {
  /** `group/version/Kind`. */
  readonly kind: string;
  /** The path of the collection. */
  readonly collection: string;
  readonly seeds: readonly { readonly [field: string]: unknown }[];
  readonly cases: readonly AgreementCase[];
}

/** Reads the cases of all kinds. */
export function readAgreement(): AgreementKind[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));
  return files.sort().map((file) => JSON.parse(gunzipSync(readFileSync(`${folder}${file}`)).toString()));
}

/** Writes the cases of one kind. */
export function writeAgreement(kind: AgreementKind): void {
  const name = kind.kind.replaceAll('/', '_').toLowerCase();
  writeFileSync(`${folder}${name}.json.gz`, gzipSync(JSON.stringify(kind), { level: 9 }));
}

/** Returns a copy of an object with changes made to it. Changes that lead nowhere are left out. */
export function changed(object: unknown, changes: readonly Change[] = []): unknown {
  const copy = structuredClone(object);
  for (const { op, path, value } of changes) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => childOf(at, key), copy);
    const key = path.at(-1);
    if (typeof parent !== 'object' || parent === null || key === undefined) continue;
    const fields = parent as { [key: string]: unknown };
    if (op === 'set') fields[key] = structuredClone(value);
    else if (op === 'remove' && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (op === 'remove') delete fields[key];
    else if (op === 'swap') [fields[key], fields[String(value)]] = [fields[String(value)], fields[key]];
    else {
      fields[String(value)] = fields[key];
      delete fields[key];
    }
  }
  return copy;
}

function childOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown })[key] : undefined;
}
