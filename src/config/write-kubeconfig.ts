import { chmod, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from '../errors/index.js';

/** A kubeconfig as client-go writes it (`clientcmd/api/v1.Config`); other fields are kept as they are. */
export interface KubeconfigContent {
  readonly 'current-context'?: string | undefined;
  readonly clusters?: readonly { readonly name: string; readonly cluster: KubeconfigFields }[] | undefined;
  readonly users?: readonly { readonly name: string; readonly user: KubeconfigFields }[] | undefined;
  readonly contexts?: readonly { readonly name: string; readonly context: KubeconfigFields }[] | undefined;
  readonly [field: string]: unknown;
}

/** Fields in the file's own words: `certificate-authority-data`, `as-groups`, … */
export interface KubeconfigFields {
  readonly [field: string]: unknown;
}

/**
 * Writes a kubeconfig: readable and writable by its owner alone (mode 0600), in one step, so that no reader sees half of it. Replaces
 * what the file held. Throws `ConfigError`.
 */
export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  const { stringify } = await import('yaml');
  const { apiVersion = 'v1', kind = 'Config', ...rest } = content;
  await replaceFile(path, stringify({ apiVersion, kind, ...rest }, { aliasDuplicateObjects: false }));
}

/** A kubeconfig being edited. Paths are field names and positions in lists. */
export interface KubeconfigDraft {
  /** All of it as plain data. */
  toJS(): unknown;
  /** Sets one value, making what is missing on the way. */
  setIn(path: readonly (string | number)[], value: unknown): void;
}

/**
 * Changes a kubeconfig in place: comments, order and unknown fields stay. Takes the lock file that kubectl takes, and throws
 * `ConfigError` when another holds it.
 */
export async function editKubeconfig(path: string, edit: (draft: KubeconfigDraft) => void): Promise<void> {
  const lock = `${path}.lock`;
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch (cause) {
    throw new ConfigError(`${path} is being written by another process, or ${lock} was left behind`, { cause });
  }
  try {
    const { parseDocument } = await import('yaml');
    const document = parseDocument(await readFile(path, 'utf8'));
    edit(document);
    await replaceFile(path, document.toString());
  } finally {
    await rm(lock, { force: true });
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  // Where the path is a link, what it leads to is replaced, not the link.
  const target = await realpath(path).catch(() => path);
  const { randomBytes } = await import('node:crypto');
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(draft, 0o600);
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new ConfigError(`the kubeconfig ${path} cannot be written`, { cause });
  }
}
