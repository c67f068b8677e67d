/** The Go names of fields that do not follow from their JSON names, whatever the type. */
const irregular: ReadonlyMap<string, string> = new Map([
  ['caBundle', 'CABundle'],
  ['cephfs', 'CephFS'],
  ['chapAuthDiscovery', 'DiscoveryCHAPAuth'],
  ['chapAuthSession', 'SessionCHAPAuth'],
  ['cidrs', 'CIDRs'],
  ['gid', 'GID'],
  ['ips', 'IPs'],
  ['jsonPatch', 'JSONPatch'],
  ['jsonPath', 'JSONPath'],
  ['pdID', 'PdID'],
  ['sslEnabled', 'SSLEnabled'],
  ['storageos', 'StorageOS'],
  ['tty', 'TTY'],
  ['wwids', 'WWIDs'],
]);

/** The Go names of fields of some types. */
const irregularIn: { readonly [type: string]: { readonly [name: string]: string } } = {
  'apiextensions/v1.JSONSchemaProps': {
    ...{ $schema: 'Schema', $ref: 'Ref', 'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields' },
    ...{ 'x-kubernetes-embedded-resource': 'XEmbeddedResource', 'x-kubernetes-int-or-string': 'XIntOrString' },
    ...{ 'x-kubernetes-list-map-keys': 'XListMapKeys', 'x-kubernetes-list-type': 'XListType' },
    ...{ 'x-kubernetes-map-type': 'XMapType', 'x-kubernetes-validations': 'XValidations' },
  },
  'core/v1.AzureDiskVolumeSource': { diskURI: 'DataDiskURI' },
  'core/v1.ContainerStatus': { lastState: 'LastTerminationState' },
  'core/v1.GlusterfsPersistentVolumeSource': { endpoints: 'EndpointsName' },
  'core/v1.GlusterfsVolumeSource': { endpoints: 'EndpointsName' },
  'core/v1.RBDPersistentVolumeSource': {
    monitors: 'CephMonitors',
    image: 'RBDImage',
    pool: 'RBDPool',
    user: 'RadosUser',
  },
  'core/v1.RBDVolumeSource': { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' },
  'resource/v1.DeviceAttribute': {
    ...{ int: 'IntValue', bool: 'BoolValue', string: 'StringValue', version: 'VersionValue' },
    ...{ ints: 'IntValues', bools: 'BoolValues', strings: 'StringValues', versions: 'VersionValues' },
  },
};

/** Abbreviations that begin JSON names in lower case, and are written in upper case in Go. */
const abbreviation =
  /^(?:api|aws|cel|cidr|csi|dns|fc|fs|gce|gmsa|grpc|http|id|ip|iqn|iscsi|nfs|os|pd|qos|rbd|se(?=Linux)|tcp|tls|ttl|uid|uri|url)(?=[A-Z]|s?$)/;

/** Returns the Go name of a field of an internal type. */
export function internalName(type: string, name: string): string {
  const known = irregularIn[type]?.[name] ?? irregular.get(name);
  if (known !== undefined) return known;
  const upper = name.replace(abbreviation, (found) => found.toUpperCase());
  return `${upper.slice(0, 1).toUpperCase()}${upper.slice(1)}`;
}

const volumes =
  'hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd quobyte flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image';
const persistentVolumes =
  'gcePersistentDisk awsElasticBlockStore hostPath glusterfs nfs rbd quobyte iscsi flexVolume cinder cephfs fc flocker azureFile vsphereVolume azureDisk photonPersistentDisk portworxVolume scaleIO local storageos csi';

/** The first fields of the internal types whose order is another one. Those that are not listed follow in the order of the type. */
const firstFields: { readonly [type: string]: string } = {
  'admissionregistration/v1.ValidatingAdmissionPolicySpec':
    'paramKind matchConstraints validations matchConditions failurePolicy auditAnnotations variables',
  'apiextensions/v1.JSONSchemaProps': 'id $schema $ref description type nullable format title default',
  'autoscaling/v2.ContainerResourceMetricSource': 'name container target',
  'autoscaling/v2.ContainerResourceMetricStatus': 'name container current',
  'batch/v1.JobSpec':
    'parallelism completions podFailurePolicy successPolicy activeDeadlineSeconds backoffLimit backoffLimitPerIndex maxFailedIndexes selector manualSelector template ttlSecondsAfterFinished completionMode suspend',
  'core/v1.PersistentVolumeSource': persistentVolumes,
  'core/v1.PersistentVolumeSpec': `capacity ${persistentVolumes}`,
  'core/v1.PodSecurityContext':
    'seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy sysctls',
  'core/v1.PodSpec':
    'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain setHostnameAsFQDN affinity schedulerName tolerations hostAliases priorityClassName priority preemptionPolicy dnsConfig readinessGates runtimeClassName overhead enableServiceLinks topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride',
  'core/v1.ServiceSpec':
    'type ports selector clusterIP clusterIPs ipFamilies ipFamilyPolicy externalName externalIPs loadBalancerIP sessionAffinity sessionAffinityConfig loadBalancerSourceRanges externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy',
  'core/v1.Volume': `name ${volumes}`,
  'core/v1.VolumeSource': volumes,
  'storage/v1.CSIDriverSpec': 'attachRequired fsGroupPolicy podInfoOnMount volumeLifecycleModes storageCapacity',
};

/** Returns fields of an internal type in its order. */
export function inInternalOrder<F extends { readonly name: string }>(type: string, fields: readonly F[]): readonly F[] {
  const names = firstFields[type]?.split(' ');
  if (names === undefined) return fields;
  const rank = ({ name }: F): number => {
    const at = names.indexOf(name);
    return at < 0 ? names.length : at;
  };
  return [...fields].sort((a, b) => rank(a) - rank(b));
}

/** The fields of a pod's spec that internally belong to its security context. */
export const hostFields = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;
