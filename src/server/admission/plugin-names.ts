/** The plugins that run unless `--disable-admission-plugins` names them, as in kube-apiserver. */
const onByDefault = [
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'ClusterTrustBundleAttest',
  'DefaultIngressClass',
  'DefaultStorageClass',
  'DefaultTolerationSeconds',
  'LimitRanger',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceLifecycle',
  'PersistentVolumeClaimResize',
  'PodResizeValidator',
  'PodSecurity',
  'PodTopologyLabels',
  'Priority',
  'ResourceQuota',
  'RuntimeClass',
  'ServiceAccount',
  'StorageObjectInUseProtection',
  'TaintNodesByCondition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
];

/** The plugins that run if `--enable-admission-plugins` names them. */
const offByDefault = [
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'NodeRestriction',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
];

/** Plugins of kube-apiserver that this server does not have, each with the reason. */
const missing: { readonly [name: string]: string } = {
  JobValidation: 'it is about an alpha API that this server does not serve',
  NodeDeclaredFeatureValidator: 'it is about a feature of nodes that this server does not know',
  PodGroupProtection: 'it is about an alpha API that this server does not serve',
  PodGroupWorkloadExists: 'it is about an alpha API that this server does not serve',
};

const all = [...onByDefault, ...offByDefault];

/**
 * Returns the names of the plugins that run, by kube-apiserver's `--enable-admission-plugins` and `--disable-admission-plugins`. Throws for
 * an unknown name, for a plugin to enable that this server does not have, and for a name in both lists.
 */
export function pluginsOf(enable: readonly string[] = [], disable: readonly string[] = []): ReadonlySet<string> {
  for (const [flag, names] of [
    ['enable-admission-plugins', enable],
    ['disable-admission-plugins', disable],
  ] as const) {
    for (const name of names) {
      if (!all.includes(name) && !Object.hasOwn(missing, name))
        throw new Error(`${flag} plugin ${JSON.stringify(name)} is unknown`);
    }
  }
  const both = enable.filter((name) => disable.includes(name)).sort();
  if (both.length > 0) {
    throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  }
  for (const name of enable) {
    if (Object.hasOwn(missing, name)) throw new Error(`cannot enable admission plugin ${name}: ${missing[name]}`);
  }
  return new Set([...onByDefault.filter((name) => !disable.includes(name)), ...enable]);
}
