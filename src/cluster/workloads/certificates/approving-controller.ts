import { SubjectAccessReview } from '../../../../generated/authorization.k8s.io/v1.js';
import { CertificateSigningRequest } from '../../../../generated/certificates.k8s.io/v1.js';
import { Controller, type ManagedController } from '../../../controller/index.js';
import type { DeepReadonly, Stored } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { kubeletClientProblem } from './kubelet-requests.js';
import { hasCondition, isIssued, readRequest } from './request-state.js';

const clientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';

/** Returns the controller that approves requests of kubelets for client certificates, their own or those of others, if they may have them. */
export function approvingController({ run }: ControllerSetup): ManagedController {
  return new Controller({
    name: 'csrapproving',
    for: CertificateSigningRequest,
    ...run,
    async reconcile({ object, cluster, name, signal }): Promise<void> {
      if (isIssued(object) || hasCondition(object, 'Approved') || hasCondition(object, 'Denied')) return;
      const { spec } = object;
      const request = readRequest(object);
      const isOfKubelet =
        spec.signerName === clientSigner && kubeletClientProblem(request, spec.usages ?? []) === undefined;
      if (!isOfKubelet) return;
      const message = await approval(cluster, object, request.commonName, signal);
      if (message === undefined)
        throw new Error(`cannot approve the request ${name}: ${spec.username} may not have a certificate of a node`);
      const draft = draftOf<Stored<CertificateSigningRequest, 'Cluster'>>(object);
      const condition = { type: 'Approved', status: 'True' as const, reason: 'AutoApproved', message };
      draft.status = { ...draft.status, conditions: [...(draft.status?.conditions ?? []), condition] };
      await cluster.resource(CertificateSigningRequest).subresource('approval').replace(draft, { signal });
    },
  });
}

/** Returns the message of an approval, or undefined if the requestor may not have the certificate. */
async function approval(
  cluster: Cluster,
  { spec }: DeepReadonly<CertificateSigningRequest>,
  commonName: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isOwn = spec.username === commonName;
  if (isOwn && (await mayCreate(cluster, spec, 'selfnodeclient', signal)))
    return 'Auto approving self kubelet client certificate after SubjectAccessReview.';
  if (await mayCreate(cluster, spec, 'nodeclient', signal))
    return 'Auto approving kubelet client certificate after SubjectAccessReview.';
  return undefined;
}

async function mayCreate(
  cluster: Cluster,
  { username, uid, groups, extra }: DeepReadonly<CertificateSigningRequest['spec']>,
  subresource: string,
  signal: AbortSignal,
): Promise<boolean> {
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'certificatesigningrequests',
    subresource,
    verb: 'create',
  };
  const user = { user: username, uid, groups: [...(groups ?? [])], extra: draftOf(extra ?? {}) };
  const review = await cluster
    .resource(SubjectAccessReview)
    .create({ spec: { ...user, resourceAttributes } }, { signal });
  return review.status?.allowed === true;
}
