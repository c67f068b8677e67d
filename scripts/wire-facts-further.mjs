// Kinds that the published wire facts leave out: parameters, reviews and discovery.
// In the form of generated/facts/wire/: [name, type, number, flags?], fields in the order of the JSON form.
const typeMeta = [
  ['kind', 'string', 0, 'o'],
  ['apiVersion', 'string', 0, 'o'],
];
const objectMeta = ['metadata', 'apis/meta/v1.ObjectMeta', 1, 'o'];
const listMeta = ['metadata', 'apis/meta/v1.ListMeta', 1, 'o'];
const gvk = 'apis/meta/v1.GroupVersionKind';
const gvr = 'apis/meta/v1.GroupVersionResource';

/** Discovery is the same in both its versions. */
const discovery = (version) => {
  const of = (name) => `apidiscovery/${version}.${name}`;
  return {
    [of('APIGroupDiscovery')]: [...typeMeta, objectMeta, ['versions', of('APIVersionDiscovery'), 2, 'lo']],
    [of('APIGroupDiscoveryList')]: [...typeMeta, listMeta, ['items', of('APIGroupDiscovery'), 2, 'l']],
    [of('APIVersionDiscovery')]: [
      ['version', 'string', 1],
      ['resources', of('APIResourceDiscovery'), 2, 'lo'],
      ['freshness', 'string', 3, 'o'],
    ],
    [of('APIResourceDiscovery')]: [
      ['resource', 'string', 1],
      ['responseKind', gvk, 2, 'op'],
      ['scope', 'string', 3],
      ['singularResource', 'string', 4],
      ['verbs', 'string', 5, 'l'],
      ['shortNames', 'string', 6, 'lo'],
      ['categories', 'string', 7, 'lo'],
      ['subresources', of('APISubresourceDiscovery'), 8, 'lo'],
    ],
    [of('APISubresourceDiscovery')]: [
      ['subresource', 'string', 1],
      ['responseKind', gvk, 2, 'op'],
      ['acceptedTypes', gvk, 3, 'lo'],
      ['verbs', 'string', 4, 'l'],
    ],
  };
};

/** So are admission reviews, but for where the user comes from, which is equal too. */
const admission = (version) => {
  const of = (name) => `admission/${version}.${name}`;
  return {
    [of('AdmissionReview')]: [
      ...typeMeta,
      ['request', of('AdmissionRequest'), 1, 'op'],
      ['response', of('AdmissionResponse'), 2, 'op'],
    ],
    [of('AdmissionRequest')]: [
      ['uid', 'string', 1],
      ['kind', gvk, 2],
      ['resource', gvr, 3],
      ['subResource', 'string', 4, 'o'],
      ['requestKind', gvk, 13, 'op'],
      ['requestResource', gvr, 14, 'op'],
      ['requestSubResource', 'string', 15, 'o'],
      ['name', 'string', 5, 'o'],
      ['namespace', 'string', 6, 'o'],
      ['operation', 'string', 7],
      ['userInfo', 'authentication/v1.UserInfo', 8],
      ['object', 'runtime.RawExtension', 9, 'o'],
      ['oldObject', 'runtime.RawExtension', 10, 'o'],
      ['dryRun', 'bool', 11, 'op'],
      ['options', 'runtime.RawExtension', 12, 'o'],
    ],
    [of('AdmissionResponse')]: [
      ['uid', 'string', 1],
      ['allowed', 'bool', 2],
      ['status', 'apis/meta/v1.Status', 3, 'op'],
      ['patch', 'bytes', 4, 'o'],
      ['patchType', 'string', 5, 'op'],
      ['auditAnnotations', 'string', 6, 'mo'],
      ['warnings', 'string', 7, 'lo'],
    ],
  };
};

const streams = [
  ['stdin', 'bool', 1, 'o'],
  ['stdout', 'bool', 2, 'o'],
  ['stderr', 'bool', 3, 'o'],
  ['tty', 'bool', 4, 'o'],
  ['container', 'string', 5, 'o'],
];
const proxyOptions = [...typeMeta, ['path', 'string', 1, 'o']];
const dryRun = ['dryRun', 'string', 1, 'lo'];

export const furtherTypes = {
  ...discovery('v2'),
  ...discovery('v2beta1'),
  ...admission('v1'),
  ...admission('v1beta1'),
  'imagepolicy/v1alpha1.ImageReview': [
    ...typeMeta,
    objectMeta,
    ['spec', 'imagepolicy/v1alpha1.ImageReviewSpec', 2],
    ['status', 'imagepolicy/v1alpha1.ImageReviewStatus', 3, 'o'],
  ],
  'imagepolicy/v1alpha1.ImageReviewSpec': [
    ['containers', 'imagepolicy/v1alpha1.ImageReviewContainerSpec', 1, 'lo'],
    ['annotations', 'string', 2, 'mo'],
    ['namespace', 'string', 3, 'o'],
  ],
  'imagepolicy/v1alpha1.ImageReviewContainerSpec': [['image', 'string', 1, 'o']],
  'imagepolicy/v1alpha1.ImageReviewStatus': [
    ['allowed', 'bool', 1],
    ['reason', 'string', 2, 'o'],
    ['auditAnnotations', 'string', 3, 'mo'],
  ],
  'core/v1.PodLogOptions': [
    ...typeMeta,
    ['container', 'string', 1, 'o'],
    ['follow', 'bool', 2, 'o'],
    ['previous', 'bool', 3, 'o'],
    ['sinceSeconds', 'int64', 4, 'op'],
    ['sinceTime', 'apis/meta/v1.Time', 5, 'op'],
    ['timestamps', 'bool', 6, 'o'],
    ['tailLines', 'int64', 7, 'op'],
    ['limitBytes', 'int64', 8, 'op'],
    ['insecureSkipTLSVerifyBackend', 'bool', 9, 'o'],
    ['stream', 'string', 10, 'op'],
  ],
  'core/v1.PodAttachOptions': [...typeMeta, ...streams],
  'core/v1.PodExecOptions': [...typeMeta, ...streams, ['command', 'string', 6, 'l']],
  'core/v1.PodPortForwardOptions': [...typeMeta, ['ports', 'int32', 1, 'lo']],
  'core/v1.PodProxyOptions': proxyOptions,
  'core/v1.NodeProxyOptions': proxyOptions,
  'core/v1.ServiceProxyOptions': proxyOptions,
  [gvk]: [
    ['group', 'string', 1],
    ['version', 'string', 2],
    ['kind', 'string', 3],
  ],
  [gvr]: [
    ['group', 'string', 1],
    ['version', 'string', 2],
    ['resource', 'string', 3],
  ],
  'apis/meta/v1.GetOptions': [...typeMeta, ['resourceVersion', 'string', 1, 'o']],
  'apis/meta/v1.ListOptions': [
    ...typeMeta,
    ['labelSelector', 'string', 1, 'o'],
    ['fieldSelector', 'string', 2, 'o'],
    ['watch', 'bool', 3, 'o'],
    ['allowWatchBookmarks', 'bool', 9, 'o'],
    ['resourceVersion', 'string', 4, 'o'],
    ['resourceVersionMatch', 'string', 10, 'o'],
    ['timeoutSeconds', 'int64', 5, 'op'],
    ['limit', 'int64', 7, 'o'],
    ['continue', 'string', 8, 'o'],
    ['sendInitialEvents', 'bool', 11, 'op'],
    ['shardSelector', 'string', 15, 'o'],
  ],
  'apis/meta/v1.CreateOptions': [
    ...typeMeta,
    dryRun,
    ['fieldManager', 'string', 3, 'o'],
    ['fieldValidation', 'string', 4, 'o'],
  ],
  'apis/meta/v1.UpdateOptions': [
    ...typeMeta,
    dryRun,
    ['fieldManager', 'string', 2, 'o'],
    ['fieldValidation', 'string', 3, 'o'],
  ],
  'apis/meta/v1.PatchOptions': [
    ...typeMeta,
    dryRun,
    ['force', 'bool', 2, 'op'],
    ['fieldManager', 'string', 3, 'o'],
    ['fieldValidation', 'string', 4, 'o'],
  ],
};

const kindsOf = (apiVersion, path, ...kinds) =>
  Object.fromEntries(kinds.map((kind) => [`${apiVersion}/${kind}`, `${path}.${kind}`]));

export const furtherKinds = {
  ...kindsOf('apidiscovery.k8s.io/v2', 'apidiscovery/v2', 'APIGroupDiscovery', 'APIGroupDiscoveryList'),
  ...kindsOf('apidiscovery.k8s.io/v2beta1', 'apidiscovery/v2beta1', 'APIGroupDiscovery', 'APIGroupDiscoveryList'),
  ...kindsOf('admission.k8s.io/v1', 'admission/v1', 'AdmissionReview'),
  ...kindsOf('admission.k8s.io/v1beta1', 'admission/v1beta1', 'AdmissionReview'),
  ...kindsOf('imagepolicy.k8s.io/v1alpha1', 'imagepolicy/v1alpha1', 'ImageReview'),
  ...kindsOf(
    'v1',
    'core/v1',
    'PodLogOptions',
    'PodAttachOptions',
    'PodExecOptions',
    'PodPortForwardOptions',
    'PodProxyOptions',
    'NodeProxyOptions',
    'ServiceProxyOptions',
  ),
  ...kindsOf(
    'meta.k8s.io/v1',
    'apis/meta/v1',
    'GetOptions',
    'ListOptions',
    'CreateOptions',
    'UpdateOptions',
    'PatchOptions',
  ),
};
