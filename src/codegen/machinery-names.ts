/**
 * The shared schemas that `src/meta` writes by hand, by their short name in OpenAPI, and what they are called there.
 * They are imported, never generated.
 */
export const MACHINERY: ReadonlyMap<string, string> = new Map([
  ...[
    'APIGroup',
    'APIGroupList',
    'APIResource',
    'APIResourceList',
    'APIVersions',
    'Condition',
    'DeleteOptions',
    'FieldSelectorRequirement',
    'FieldsV1',
    'GroupVersionForDiscovery',
    'IntOrString',
    'LabelSelector',
    'LabelSelectorRequirement',
    'ListMeta',
    'ManagedFieldsEntry',
    'MicroTime',
    'ObjectMeta',
    'OwnerReference',
    'Preconditions',
    'Quantity',
    'RawExtension',
    'ServerAddressByClientCIDR',
    'ShardInfo',
    'Status',
    'StatusCause',
    'StatusDetails',
    'Time',
  ].map((name): [string, string] => [name, name]),
  ['WatchEvent', 'RawWatchEvent'],
]);
