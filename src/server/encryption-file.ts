import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../util/clock.js';
import { parseEncryptionConfiguration } from './encryption-config.js';
import { readText } from './read-text.js';
import { Encryption, type EncryptionRule } from './storage/encryption/encryption.js';

/** A file that says how objects are encrypted where they are stored. */
export interface EncryptionFileOptions {
  /** The path of an EncryptionConfiguration in YAML. */
  readonly path: string;
  /** Reads the file again every minute. Default: false. */
  readonly automaticReload?: boolean | undefined;
  /** Called with the reason when the changed file cannot be used. The previous keys stay in use then. Default: does nothing. */
  readonly onReloadError?: ((error: unknown) => void) | undefined;
}

/** The encryption that a file describes. */
export interface OpenEncryptionFile {
  readonly encryption: Encryption;
  /** Ends the reloading. */
  close(): void;
}

const flag = '--encryption-provider-config';
const reloadMs = 60_000;

/** Reads an EncryptionConfiguration. Rejects with an error that names the file and the field. */
export async function openEncryptionFile(
  { path, automaticReload = false, onReloadError }: EncryptionFileOptions,
  resourceOf: (key: string) => string,
  clock: Clock,
): Promise<OpenEncryptionFile> {
  let { hash, rules } = await read(path);
  const encryption = new Encryption(rules, resourceOf);
  let timer: Timer | undefined;
  let isClosed = false;
  const reload = async (): Promise<void> => {
    try {
      const changed = await read(path, hash);
      if (changed.hash !== hash) encryption.replace(changed.rules);
      hash = changed.hash;
    } catch (error) {
      onReloadError?.(error);
    }
    schedule();
  };
  const schedule = (): void => {
    if (!isClosed) timer = clock.setTimer(reloadMs, () => void reload());
  };
  if (automaticReload) schedule();
  return {
    encryption,
    close: () => {
      isClosed = true;
      timer?.cancel();
    },
  };
}

/** Reads the file. The rules are empty if its hash is `known`. */
async function read(path: string, known?: string): Promise<{ hash: string; rules: EncryptionRule[] }> {
  const text = await readText(path, flag);
  const hash = createHash('sha256').update(text).digest('hex');
  if (hash === known) return { hash, rules: [] };
  try {
    return { hash, rules: await parseEncryptionConfiguration(text) };
  } catch (error) {
    throw new Error(`cannot read ${flag} ${path}: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}
