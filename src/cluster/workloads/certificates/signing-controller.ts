import { CertificateSigningRequest } from '../../../../generated/certificates.k8s.io/v1.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import { formatTime, type Stored } from '../../../meta/index.js';
import type { CertificateRequest } from '../../../x509/certificate-request.js';
import { signRequest } from '../../../x509/sign-request.js';
import type { SignerName } from '../base/cluster-signing.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { clientUsageProblem, kubeletClientProblem, kubeletServingProblem } from './kubelet-requests.js';
import { hasCondition, isIssued, readRequest } from './request-state.js';

const minuteMs = 60_000;
const yearMs = 365 * 24 * 60 * minuteMs;
/** Certificates are valid from a little earlier on, for clocks that are slow. */
const backdateMs = 5 * minuteMs;
const leastMs = 10 * minuteMs;
/** The end of a certificate that lives for less is not moved. */
const shortMs = 8 * 60 * minuteMs;

/** Checks whether a request is one for a signer: returns why it is not, or undefined. */
type Rule = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

const rules: { readonly [signer in SignerName]: Rule } = {
  'kubernetes.io/kubelet-serving': kubeletServingProblem,
  'kubernetes.io/kube-apiserver-client-kubelet': kubeletClientProblem,
  'kubernetes.io/kube-apiserver-client': (_request, usages) => clientUsageProblem(usages),
  'kubernetes.io/legacy-unknown': () => undefined,
};

/** Returns the controller that signs approved requests. Without keys, returns none. */
export function signingController({ run, clock, random, signing }: ControllerSetup): ManagedController[] {
  if (signing === undefined) return [];
  const { authorities, durationMs = yearMs } = signing;
  const controller = new Controller({
    name: 'csrsigning',
    for: CertificateSigningRequest,
    ...run,
    async reconcile({ object, cluster, signal }): Promise<void> {
      if (isIssued(object) || !hasCondition(object, 'Approved') || hasCondition(object, 'Failed')) return;
      const { signerName, usages = [], expirationSeconds } = object.spec;
      if (!isSigner(signerName)) return;
      const authority = authorities[signerName];
      if (authority === undefined) return;
      const request = readRequest(object);
      const draft = draftOf<Stored<CertificateSigningRequest, 'Cluster'>>(object);
      const problem = rules[signerName](request, usages);
      if (problem === undefined) {
        const now = clock.now();
        const lifeMs = lifeOf(expirationSeconds, durationMs);
        const policy = {
          usages,
          notBefore: now - backdateMs,
          notAfter: now + lifeMs - (lifeMs < shortMs ? 0 : backdateMs),
          serial: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
        };
        const certificate = Buffer.from(signRequest(request, policy, authority)).toString('base64');
        draft.status = { ...draft.status, certificate };
      } else {
        const condition = {
          type: 'Failed',
          status: 'True' as const,
          reason: 'SignerValidationFailure',
          message: problem,
          lastUpdateTime: formatTime(clock.now()),
        };
        draft.status = { ...draft.status, conditions: [...(draft.status?.conditions ?? []), condition] };
      }
      await cluster.resource(CertificateSigningRequest).subresource('status').replace(draft, { signal });
    },
  });
  return [controller];
}

function isSigner(name: string): name is SignerName {
  return Object.hasOwn(rules, name);
}

/** The life of a certificate: as asked for, but not longer than the longest, nor shorter than ten minutes. */
function lifeOf(seconds: number | undefined, mostMs: number): number {
  if (seconds === undefined || seconds * 1000 > mostMs) return mostMs;
  return Math.max(seconds * 1000, leastMs);
}
