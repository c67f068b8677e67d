import type { ClusterSigning, SignerName } from '../cluster/index.js';
import { readText } from '../server/read-text.js';
import type { CertificatePair } from '../x509/certificate.js';
import { type FlagStatus, works } from './flag-status.js';
import type { GivenFlags } from './parse-flags.js';
import { UsageError } from './usage-error.js';

/** The signers by their names in flags. */
const signers: { readonly [flag: string]: SignerName } = {
  'kubelet-serving': 'kubernetes.io/kubelet-serving',
  'kubelet-client': 'kubernetes.io/kube-apiserver-client-kubelet',
  'kube-apiserver-client': 'kubernetes.io/kube-apiserver-client',
  'legacy-unknown': 'kubernetes.io/legacy-unknown',
};

const prefixes = ['cluster-signing', ...Object.keys(signers).map((name) => `cluster-signing-${name}`)];

/** The flags of kube-controller-manager that name the keys for certificate requests. */
export const signingFlags: { readonly [name: string]: FlagStatus } = {
  'cluster-signing-duration': works('duration'),
  ...Object.fromEntries(
    prefixes.flatMap((prefix) => ['cert', 'key'].map((part) => [`${prefix}-${part}-file`, works('string')])),
  ),
};

/** Returns the keys of a cluster where one authority signs for all signers, for as long as flags say. */
export function oneAuthority(authority: CertificatePair, flags: GivenFlags): ClusterSigning {
  return {
    authorities: Object.fromEntries(Object.values(signers).map((signer) => [signer, authority])),
    durationMs: flags.duration('cluster-signing-duration'),
  };
}

/** Reads the keys that flags name. Returns undefined if they name none. Throws a `UsageError` for half a pair, or for both sorts of flags. */
export async function namedSigning(flags: GivenFlags): Promise<ClusterSigning | undefined> {
  const durationMs = flags.duration('cluster-signing-duration');
  const all = await pairOf(flags, 'cluster-signing');
  const authorities: { [signer in SignerName]?: CertificatePair } = {};
  for (const [name, signer] of Object.entries(signers)) {
    const own = await pairOf(flags, `cluster-signing-${name}`);
    if (own !== undefined && all !== undefined)
      throw new UsageError(`--cluster-signing-${name}-cert-file cannot be used with --cluster-signing-cert-file`);
    const authority = own ?? all;
    if (authority !== undefined) authorities[signer] = authority;
  }
  return Object.keys(authorities).length > 0 ? { authorities, durationMs } : undefined;
}

/** As `namedSigning`, for a command that signs with no other keys. Throws a `UsageError` for a flag that has no effect then. */
export async function signingOf(flags: GivenFlags): Promise<ClusterSigning | undefined> {
  const signing = await namedSigning(flags);
  if (signing === undefined && flags.duration('cluster-signing-duration') !== undefined)
    throw new UsageError(
      '--cluster-signing-duration has no effect without a key. Give --cluster-signing-cert-file too',
    );
  return signing;
}

async function pairOf(flags: GivenFlags, prefix: string): Promise<CertificatePair | undefined> {
  const [cert, key] = ['cert', 'key'].map((part) => flags.text(`${prefix}-${part}-file`));
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError(`--${prefix}-cert-file and --${prefix}-key-file go together: give both`);
  const [certificate, privateKey] = await Promise.all([
    readText(cert, `--${prefix}-cert-file`),
    readText(key, `--${prefix}-key-file`),
  ]);
  return { certificate, privateKey };
}
