/** The admission plugins this server has, by kube-apiserver's names. All of them are on unless told otherwise. */
const own = [
  'DefaultIngressClass',
  'DefaultStorageClass',
  'DefaultTolerationSeconds',
  'LimitRanger',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceLifecycle',
  'PodSecurity',
  'Priority',
  'ResourceQuota',
  'RuntimeClass',
  'ServiceAccount',
  'StorageObjectInUseProtection',
  'TaintNodesByCondition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
] as const;

/** The name of a plugin this server has. */
export type AdmissionPlugin = (typeof own)[number];

/** Plugins of kube-apiserver that are not here: to name them is no mistake, and changes nothing. */
const elsewhere = [
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'ClusterTrustBundleAttest',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'JobValidation',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'NodeDeclaredFeatureValidator',
  'NodeRestriction',
  'OwnerReferencesPermissionEnforcement',
  'PersistentVolumeClaimResize',
  'PodGroupProtection',
  'PodGroupWorkloadExists',
  'PodNodeSelector',
  'PodResizeValidator',
  'PodTolerationRestriction',
  'PodTopologyLabels',
];

const known = new Set<string>([...own, ...elsewhere]);

/**
 * The plugins that run, by what kube-apiserver's `--enable-admission-plugins` and `--disable-admission-plugins` name. Throws, in its words,
 * for a name no plugin of it has, and for one that stands in both.
 */
export function pluginsOf(
  enable: readonly string[] = [],
  disable: readonly string[] = [],
): ReadonlySet<AdmissionPlugin> {
  for (const [flag, names] of [
    ['enable-admission-plugins', enable],
    ['disable-admission-plugins', disable],
  ] as const) {
    for (const name of names) {
      if (!known.has(name)) throw new Error(`${flag} plugin ${JSON.stringify(name)} is unknown`);
    }
  }
  const both = enable.filter((name) => disable.includes(name)).sort();
  if (both.length > 0) {
    throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  }
  return new Set(own.filter((name) => !disable.includes(name)));
}
