import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Document } from 'yaml';
import { ConfigError } from '../errors/index.js';
import type { KubeconfigCluster, KubeconfigFile, KubeconfigUser } from './kubeconfig-file.js';

/** The number of nodes that the aliases of one collection may expand to. */
const MOST_ALIASES = 100;

/** A cluster or user entry, and the file it stands in: relative paths are meant from there. */
export interface Entry<T> {
  readonly value: T;
  readonly file: string;
}

/** One or several kubeconfig files as one. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Entry<KubeconfigCluster>>;
  readonly users: ReadonlyMap<string, Entry<KubeconfigUser>>;
  readonly contexts: ReadonlyMap<
    string,
    Entry<{ cluster?: string | undefined; user?: string | undefined; namespace?: string | undefined }>
  >;
  /** The files that exist, in the order they were read. */
  readonly files: readonly string[];
}

/**
 * Reads and merges kubeconfig files as kubectl does: of entries with the same name, and of `current-context`, the first wins; files
 * that do not exist are left out. Throws `ConfigError` for a file that cannot be read or is not a kubeconfig, naming file and field.
 */
export async function loadKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const loaded = await Promise.all(paths.map(async (path) => ({ path, file: await loadFile(path) })));
  return mergeKubeconfigs(loaded.flatMap(({ path, file }) => (file === undefined ? [] : [{ path, file }])));
}

/** The merge itself: first definition wins. */
export function mergeKubeconfigs(
  files: readonly { readonly path: string; readonly file: KubeconfigFile }[],
): Kubeconfig {
  const clusters: Map<string, Entry<KubeconfigCluster>> = new Map();
  const users: Map<string, Entry<KubeconfigUser>> = new Map();
  const contexts: Map<
    string,
    Entry<{ cluster?: string | undefined; user?: string | undefined; namespace?: string | undefined }>
  > = new Map();
  let currentContext: string | undefined;
  for (const { path, file } of files) {
    currentContext ||= file['current-context'];
    for (const { name, cluster } of file.clusters)
      setOnce(clusters, name, { value: cluster ?? { extensions: [] }, file: path });
    for (const { name, user } of file.users) setOnce(users, name, { value: user ?? { 'as-groups': [] }, file: path });
    for (const { name, context } of file.contexts) setOnce(contexts, name, { value: context ?? {}, file: path });
  }
  return {
    currentContext: currentContext || undefined,
    clusters,
    users,
    contexts,
    files: files.map(({ path }) => path),
  };
}

function setOnce<T>(map: Map<string, T>, name: string, value: T): void {
  if (!map.has(name)) map.set(name, value);
}

async function loadFile(path: string): Promise<KubeconfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new ConfigError(`the kubeconfig ${path} cannot be read`, { cause });
  }
  return parseKubeconfig(text, path);
}

/** The file's text, validated. `path` is for messages. */
export async function parseKubeconfig(text: string, path: string): Promise<KubeconfigFile> {
  const [{ parseDocument }, { kubeconfigSchema }] = await Promise.all([
    import('yaml'),
    import('./kubeconfig-schema.js'),
  ]);
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    // The library's message may quote the file, and so a key: only the place is told.
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new ConfigError(`the kubeconfig ${path} is not YAML: ${error.code} in line ${line}`);
  }
  const result = kubeconfigSchema.safeParse(plainData(document, path) ?? {});
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`);
  throw new ConfigError(`the kubeconfig ${path} is not valid: ${faults.join('; ')}`);
}

/** The document as data. Aliases may make small files large, so the library bounds how often one is used. */
function plainData(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    throw new ConfigError(`cannot read the kubeconfig ${path}: it repeats aliases too often. Write the entries out.`);
  }
}

/** `path` as meant in `file`. */
export function relativeTo(file: string, path: string): string {
  return resolve(dirname(file), path);
}
