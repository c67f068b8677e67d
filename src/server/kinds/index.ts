import { fieldsOf } from '../../util/json-fields.js';
import { customResourceDefinitions } from '../custom/definition-strategy.js';
import type { NameRule, ServedResource, Strategy } from '../object/server-context.js';
import { subdomainName } from '../validation/meta-problems.js';
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
} from './admissionregistration.k8s.io/mutatingadmissionpolicies/mutating-admission-policy-strategy.js';
import {
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from './admissionregistration.k8s.io/validatingadmissionpolicies/validating-admission-policy-strategy.js';
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from './admissionregistration.k8s.io/webhookconfigurations/webhook-configuration-strategy.js';
import { apiServices } from './apiregistration.k8s.io/apiservices/api-service-strategy.js';
import { controllerRevisions } from './apps/controllerrevisions/controller-revision-strategy.js';
import {
  daemonSets,
  deployments,
  podTemplates,
  replicaSets,
  replicationControllers,
  statefulSets,
} from './apps/workload-kinds.js';
import { horizontalPodAutoscalers } from './autoscaling/horizontalpodautoscalers/horizontal-pod-autoscaler-strategy.js';
import { cronJobs, jobs } from './batch/jobs/job-strategy.js';
import { certificateSigningRequests } from './certificates.k8s.io/certificatesigningrequests/certificate-signing-request-strategy.js';
import { leases, nodes, podDisruptionBudgets, priorityClasses } from './cluster-kinds.js';
import { configMaps, secrets } from './core/config.js';
import { endpointSlices, endpoints } from './core/endpoints/endpoints-strategy.js';
import { coreEvents, events } from './core/events/event-strategy.js';
import { limitRanges, resourceQuotas } from './core/limits.js';
import { namespaces } from './core/namespaces/namespace-strategy.js';
import { pods } from './core/pods/pod-strategy.js';
import { serviceAccounts } from './core/serviceaccounts/service-account-strategy.js';
import { services } from './core/services/service-strategy.js';
import { flowSchemas } from './flowcontrol.apiserver.k8s.io/flowschemas/flow-schema-strategy.js';
import { priorityLevelConfigurations } from './flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/priority-level-configuration-strategy.js';
import { ipAddresses, serviceCidrs } from './networking.k8s.io/address-kinds.js';
import { ingressClasses } from './networking.k8s.io/ingressclasses/ingress-class-strategy.js';
import { ingresses } from './networking.k8s.io/ingresses/ingress-strategy.js';
import { networkPolicies } from './networking.k8s.io/networkpolicies/network-policy-strategy.js';
import { runtimeClasses } from './node.k8s.io/runtimeclasses/runtime-class-strategy.js';
import { roleBindings, roles } from './rbac.authorization.k8s.io/roles/role-strategy.js';
import { deviceClasses } from './resource.k8s.io/deviceclasses/device-class-strategy.js';
import { resourceClaims, resourceClaimTemplates } from './resource.k8s.io/resourceclaims/resource-claim-strategy.js';
import { resourceSlices } from './resource.k8s.io/resourceslices/resource-slice-strategy.js';
import {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  volumeAttachments,
  volumeAttributesClasses,
} from './storage.k8s.io/csi-kinds.js';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from './storage.k8s.io/storage-kinds.js';
import { templated } from './templated.js';

/** Strategies by `group/plural`: one entry per kind that needs more than its facts. */
const strategies: { readonly [resource: string]: Strategy } = {
  '/configmaps': configMaps,
  '/endpoints': endpoints,
  '/events': coreEvents,
  '/limitranges': limitRanges,
  '/namespaces': namespaces,
  '/nodes': nodes,
  '/persistentvolumeclaims': persistentVolumeClaims,
  '/persistentvolumes': persistentVolumes,
  '/pods': pods,
  '/podtemplates': templated(podTemplates, false, { of: ({ template }) => template, path: 'template' }),
  '/replicationcontrollers': templated(replicationControllers, true),
  '/resourcequotas': resourceQuotas,
  '/secrets': secrets,
  '/serviceaccounts': serviceAccounts,
  '/services': services,
  'admissionregistration.k8s.io/mutatingadmissionpolicies': mutatingAdmissionPolicies,
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': mutatingAdmissionPolicyBindings,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': mutatingWebhookConfigurations,
  'admissionregistration.k8s.io/validatingadmissionpolicies': validatingAdmissionPolicies,
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': validatingAdmissionPolicyBindings,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': validatingWebhookConfigurations,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinitions,
  'apiregistration.k8s.io/apiservices': apiServices,
  'apps/controllerrevisions': controllerRevisions,
  'apps/daemonsets': templated(daemonSets, false),
  'apps/deployments': templated(deployments, true),
  'apps/replicasets': templated(replicaSets, true),
  'apps/statefulsets': templated(statefulSets, false),
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscalers,
  'batch/cronjobs': templated(cronJobs, true, {
    of: ({ spec }) => fieldsOf(fieldsOf(fieldsOf(spec).jobTemplate).spec).template,
    path: 'spec.jobTemplate.spec.template',
  }),
  'batch/jobs': templated(jobs, true),
  'certificates.k8s.io/certificatesigningrequests': certificateSigningRequests,
  'coordination.k8s.io/leases': leases,
  'coordination.k8s.io/leasecandidates': { createOnUpdate: true, unconditionalUpdate: false },
  'discovery.k8s.io/endpointslices': endpointSlices,
  'events.k8s.io/events': events,
  'networking.k8s.io/ingressclasses': ingressClasses,
  'networking.k8s.io/ingresses': ingresses,
  'networking.k8s.io/ipaddresses': ipAddresses,
  'networking.k8s.io/networkpolicies': networkPolicies,
  'networking.k8s.io/servicecidrs': serviceCidrs,
  'policy/poddisruptionbudgets': podDisruptionBudgets,
  'rbac.authorization.k8s.io/clusterrolebindings': roleBindings,
  'rbac.authorization.k8s.io/clusterroles': roles,
  'rbac.authorization.k8s.io/rolebindings': roleBindings,
  'rbac.authorization.k8s.io/roles': roles,
  'node.k8s.io/runtimeclasses': runtimeClasses,
  'resource.k8s.io/deviceclasses': deviceClasses,
  'resource.k8s.io/resourceclaims': resourceClaims,
  'resource.k8s.io/resourceclaimtemplates': resourceClaimTemplates,
  'resource.k8s.io/resourceslices': resourceSlices,
  'scheduling.k8s.io/priorityclasses': priorityClasses,
  'storage.k8s.io/storageclasses': storageClasses,
  'storage.k8s.io/csidrivers': csiDrivers,
  'storage.k8s.io/csinodes': csiNodes,
  'storage.k8s.io/csistoragecapacities': csiStorageCapacities,
  'storage.k8s.io/volumeattachments': volumeAttachments,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClasses,
  'certificates.k8s.io/clustertrustbundles': { unconditionalUpdate: false },
  'certificates.k8s.io/podcertificaterequests': { generation: false, unconditionalUpdate: false },
  'flowcontrol.apiserver.k8s.io/flowschemas': flowSchemas,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': priorityLevelConfigurations,
};

const none: Strategy = {};

/** The strategy of a resource. */
export function strategyOf(resource: ServedResource): Strategy {
  if (resource.custom !== undefined) return resource.custom.strategy;
  const id = `${resource.group}/${resource.plural}`;
  if (Object.hasOwn(strategies, id)) return strategies[id] ?? none;
  return none;
}

/** The names a resource's objects may have. */
export function nameRuleOf(resource: ServedResource): NameRule {
  return strategyOf(resource).name ?? subdomainName;
}

/** Reports whether `metadata.generation` counts changes of a resource's desired state. */
export function countsGenerations(resource: ServedResource): boolean {
  return strategyOf(resource).generation ?? resource.hasStatus;
}
