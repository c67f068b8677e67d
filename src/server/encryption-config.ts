import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { aesCbc } from './storage/encryption/aes-cbc.js';
import { aesGcm } from './storage/encryption/aes-gcm.js';
import type { EncryptionRule } from './storage/encryption/encryption.js';
import { identity } from './storage/encryption/identity.js';
import type { Sealer, SealingKey } from './storage/encryption/sealer.js';

const required = z.string().min(1, 'it is missing');

function keysOf(lengths: readonly number[]) {
  const secret = required.transform((text, context): Uint8Array => {
    const bytes = fromBase64(text);
    const length = bytes?.length ?? 0;
    if (bytes !== undefined && lengths.includes(length)) return bytes;
    const message =
      bytes === undefined
        ? 'secrets must be base64 encoded'
        : `secret is not of the expected length, got ${length}, expected one of ${lengths.join(', ')}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
  return z
    .strictObject({ keys: z.array(z.strictObject({ name: required, secret })).min(1, 'it needs a key') })
    .nullish();
}

const provider = z
  .strictObject({
    aesgcm: keysOf([16, 24, 32]),
    aescbc: keysOf([16, 24, 32]),
    secretbox: keysOf([32]),
    identity: z.strictObject({}).nullish(),
    kms: z.null('plugins of a key management service are not supported. Use aesgcm, aescbc or secretbox').optional(),
  })
  .refine((all) => providersIn(all) > 0, 'it has none of the providers aesgcm, aescbc, secretbox and identity')
  .refine((all) => providersIn(all) < 2, 'it has more than one provider. Split it into several elements of the list');

const resource = required
  .refine((name) => name === name.toLowerCase(), 'resource name should not contain capital letters')
  .refine(
    (name) => name !== '*',
    "use '*.' to encrypt all resources of the core group, or '*.*' to encrypt all resources",
  )
  .refine((name) => !internalNames.has(name), 'resources which do not have REST API/s cannot be encrypted')
  .refine(
    (name) => groupOf(name) !== 'events.k8s.io',
    "'*.events.k8s.io' objects are stored as 'events' of the core group. Use 'events' instead",
  )
  .refine(
    (name) => groupOf(name) !== 'extensions',
    "'extensions' group has been removed and cannot be used for encryption",
  )
  .refine(
    (name) => groupOf(name) !== '*' || name === '*.*',
    'encrypting the same resource across groups is not supported',
  );

/** Resources that only the server itself reads. */
const internalNames: ReadonlySet<string> = new Set([
  'apiserveripinfo',
  'serviceipallocations',
  'servicenodeportallocations',
]);

const rule = z.strictObject({
  resources: z
    .array(resource)
    .min(1, 'it needs a resource')
    .refine((names) => new Set(names).size === names.length, 'the same resource cannot be specified multiple times')
    .refine(
      (names) => !names.some((name, index) => isMasked(name, names.toSpliced(index, 1))),
      "overlapping resources such as 'secrets' and '*.' in one list are not allowed, as they would be masked",
    ),
  providers: z.array(provider).min(1, 'it needs a provider'),
});

const file = z.strictObject({
  apiVersion: z.literal('apiserver.config.k8s.io/v1'),
  kind: z.literal('EncryptionConfiguration'),
  resources: z.array(rule).min(1, 'it needs an element'),
});

/**
 * Reads the text of kube-apiserver's `--encryption-provider-config`. Rejects with an error that names the field. Errors do not quote the
 * text: it holds keys.
 */
export async function parseEncryptionConfiguration(text: string): Promise<EncryptionRule[]> {
  const { data, error } = file.safeParse(await yamlOf(text));
  if (error !== undefined) throw new Error(error.issues.map(problemOf).join('; '));
  const earlier: string[] = [];
  for (const { resources } of data.resources) {
    for (const name of resources) {
      const mask = earlier.find((other) => isMasked(name, [other]));
      if (mask !== undefined) throw new Error(`resource "${name}" is masked by earlier rule "${mask}"`);
    }
    earlier.push(...resources);
  }
  return Promise.all(
    data.resources.map(async ({ resources, providers }) => ({
      resources: resources.map((name) => name.replace(/^([^*].*)\.$/, '$1')),
      sealers: (await Promise.all(providers.map(sealersOf))).flat(),
    })),
  );
}

async function yamlOf(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`line ${lineCounter.linePos(error.pos[0]).line} is not YAML`);
  return document.toJS();
}

async function sealersOf({ aesgcm, aescbc, secretbox }: z.infer<typeof provider>): Promise<Sealer[]> {
  if (aesgcm != null) return aesgcm.keys.map(aesGcm);
  if (aescbc != null) return aescbc.keys.map(aesCbc);
  if (secretbox != null) return secretboxesOf(secretbox.keys);
  return [identity];
}

async function secretboxesOf(keys: readonly SealingKey[]): Promise<Sealer[]> {
  const { secretbox } = await import('./storage/encryption/secretbox.js');
  return keys.map(secretbox);
}

function providersIn({
  aesgcm,
  aescbc,
  secretbox,
  identity: plain,
  kms,
}: {
  readonly [name: string]: unknown;
}): number {
  return [aesgcm, aescbc, secretbox, plain, kms].filter((one) => one != null).length;
}

/** Reports whether a rule for one of the other resources covers this one. */
function isMasked(name: string, others: readonly string[]): boolean {
  return others.some((other) => other === '*.*' || (other.startsWith('*.') && groupOf(other) === groupOf(name)));
}

function groupOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

function fromBase64(text: string): Uint8Array | undefined {
  const plain = text.replace(/[\r\n]/g, '');
  const isValid = plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
  return isValid ? new Uint8Array(Buffer.from(plain, 'base64')) : undefined;
}

function problemOf({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return `${where.replace(/^\./, '')}: ${message}`.replace(/^: /, '');
}
