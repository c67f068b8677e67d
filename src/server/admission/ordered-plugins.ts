import type { AdmissionPlugin } from './admission-plugin.js';
import { alwaysAdmit } from './plugins/always-admit.js';
import { alwaysDeny } from './plugins/always-deny.js';
import { alwaysPullImages } from './plugins/always-pull-images.js';
import { certificateApproval } from './plugins/certificate-approval.js';
import { certificateSigning } from './plugins/certificate-signing.js';
import { certificateSubjectRestriction } from './plugins/certificate-subject-restriction.js';
import { clusterTrustBundleAttest } from './plugins/cluster-trust-bundle-attest.js';
import { defaultIngressClass } from './plugins/default-ingress-class.js';
import { defaultStorageClass } from './plugins/default-storage-class.js';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.js';
import { denyServiceExternalIPs } from './plugins/deny-service-external-ips.js';
import { eventRateLimit } from './plugins/event-rate-limit.js';
import { extendedResourceToleration } from './plugins/extended-resource-toleration.js';
import { imagePolicyWebhook } from './plugins/image-policy-webhook.js';
import { limitPodHardAntiAffinityTopology } from './plugins/limit-pod-hard-anti-affinity-topology.js';
import { limitRanger } from './plugins/limit-ranger.js';
import { namespaceAutoProvision } from './plugins/namespace-auto-provision.js';
import { namespaceExists } from './plugins/namespace-exists.js';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.js';
import { nodeRestriction } from './plugins/node-restriction.js';
import { ownerReferencesPermissionEnforcement } from './plugins/owner-references-permission-enforcement.js';
import { persistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize.js';
import { podNodeSelector } from './plugins/pod-node-selector.js';
import { podResizeValidator } from './plugins/pod-resize-validator.js';
import { podSecurity } from './plugins/pod-security.js';
import { podTolerationRestriction } from './plugins/pod-toleration-restriction.js';
import { podTopologyLabels } from './plugins/pod-topology-labels.js';
import { priority } from './plugins/priority.js';
import { resourceQuota } from './plugins/resource-quota.js';
import { runtimeClass } from './plugins/runtime-class.js';
import { serviceAccount } from './plugins/service-account.js';
import { storageObjectInUseProtection } from './plugins/storage-object-in-use-protection.js';
import { taintNodesByCondition } from './plugins/taint-nodes-by-condition.js';
import { validatingAdmissionPolicy } from './plugins/validating-admission-policy.js';
import { validatingAdmissionWebhook } from './plugins/validating-admission-webhook.js';

/** Every plugin in the order in which kube-apiserver runs them. Webhooks and policies come after the plugins that know kinds. */
export const orderedPlugins: readonly AdmissionPlugin[] = [
  alwaysAdmit,
  namespaceAutoProvision,
  namespaceLifecycle,
  namespaceExists,
  limitPodHardAntiAffinityTopology,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  alwaysPullImages,
  imagePolicyWebhook,
  podSecurity,
  podNodeSelector,
  priority,
  defaultTolerationSeconds,
  podTolerationRestriction,
  eventRateLimit,
  extendedResourceToleration,
  defaultStorageClass,
  storageObjectInUseProtection,
  ownerReferencesPermissionEnforcement,
  persistentVolumeClaimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  clusterTrustBundleAttest,
  certificateSubjectRestriction,
  defaultIngressClass,
  denyServiceExternalIPs,
  podTopologyLabels,
  podResizeValidator,
  validatingAdmissionPolicy,
  validatingAdmissionWebhook,
  resourceQuota,
  alwaysDeny,
];
