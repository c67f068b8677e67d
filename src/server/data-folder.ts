import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../util/clock.js';
import { type CertificatePair, makeCertificate } from '../x509/certificate.js';
import { DurableStorage } from './storage/durable/durable-storage.js';
import type { Encryption } from './storage/encryption/encryption.js';
import type { Storage } from './storage/storage.js';
import { reasonOf, StorageError } from './storage/storage-error.js';

/** The secrets of a server that are the same after it starts again, so that clients and tokens stay valid. */
export interface ServerSecrets {
  /** The authority of the certificate of the secure port. */
  readonly authority: CertificatePair;
  /** The token of the kubeconfig. */
  readonly adminToken: string;
  /** The key that signs the tokens of service accounts, in PEM. */
  readonly serviceAccountKey: string;
}

/** The contents of a data folder. */
export interface DataFolder {
  readonly storage: Storage;
  readonly secrets: ServerSecrets;
}

/** Opens a data folder, or creates it. Throws a `StorageError` as `DurableStorage.open` does. Closing the storage releases it. */
export async function openDataFolder(
  folder: string,
  clock: Clock = systemClock,
  encryption?: Encryption,
): Promise<DataFolder> {
  const storage = await DurableStorage.open(folder, { clock, encryption });
  try {
    return { storage, secrets: await readOrCreate(join(folder, 'secrets.json'), clock) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function readOrCreate(path: string, clock: Clock): Promise<ServerSecrets> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StorageError('FolderUnusable', `cannot read ${path}: ${reasonOf(error)}.`, { cause: error });
  });
  if (text !== undefined) return parse(path, text);
  const secrets = newSecrets(clock);
  // A file that appears complete: half of one would be taken for damage.
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  return secrets;
}

function newSecrets(clock: Clock): ServerSecrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    authority: makeCertificate({
      commonName: 'keelson-ca',
      use: 'ca',
      now: clock.now(),
      validDays: 3_650,
      serial: randomBytes(8),
    }),
    adminToken: randomBytes(32).toString('base64url'),
    serviceAccountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function parse(path: string, text: string): ServerSecrets {
  try {
    const { authority, adminToken, serviceAccountKey } = JSON.parse(text) as Partial<ServerSecrets>;
    const given = [authority?.certificate, authority?.privateKey, adminToken, serviceAccountKey];
    if (authority !== undefined && adminToken !== undefined && serviceAccountKey !== undefined)
      if (given.every((one) => typeof one === 'string')) return { authority, adminToken, serviceAccountKey };
  } catch {
    // Told below, without the text: it holds keys.
  }
  throw new StorageError(
    'FileDamaged',
    `cannot read ${path}: it does not hold the secrets of a server. Remove it to create new ones: tokens and kubeconfigs then become invalid.`,
  );
}
