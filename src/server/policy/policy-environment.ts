import { baseFunctions, Environment, type Structs } from '../../cel/cel-environment.js';
import type { StructFields } from '../../cel/checker.js';
import { Functions } from '../../cel/functions.js';
import { type CelType, listType, mapType, structType, types, typeType } from '../../cel/types.js';
import { lazy } from '../../util/lazy.js';

const { string, dyn, bool, int, timestamp } = types;
const texts = listType(string);
const textMap = mapType(string, string);

const groupKind = { group: string, version: string, kind: string };
const groupResource = { group: string, version: string, resource: string };
const [kindType, resourceType] = [
  structType('kubernetes.GroupVersionKind'),
  structType('kubernetes.GroupVersionResource'),
];

/** The types of what policies see beside the object, with their fields. */
const described: { readonly [name: string]: { readonly [field: string]: CelType } } = {
  'kubernetes.GroupVersionKind': groupKind,
  'kubernetes.GroupVersionResource': groupResource,
  'kubernetes.UserInfo': { username: string, uid: string, groups: texts, extra: mapType(string, texts) },
  'kubernetes.AdmissionRequest': {
    kind: kindType,
    resource: resourceType,
    subResource: string,
    requestKind: kindType,
    requestResource: resourceType,
    requestSubResource: string,
    name: string,
    namespace: string,
    operation: string,
    userInfo: structType('kubernetes.UserInfo'),
    dryRun: bool,
    options: dyn,
  },
  'kubernetes.NamespaceSpec': { finalizers: texts },
  'kubernetes.NamespaceCondition': {
    status: string,
    type: string,
    lastTransitionTime: timestamp,
    message: string,
    reason: string,
  },
  'kubernetes.NamespaceStatus': { conditions: listType(structType('kubernetes.NamespaceCondition')), phase: string },
  'kubernetes.NamespaceMetadata': {
    name: string,
    generateName: string,
    namespace: string,
    labels: textMap,
    annotations: textMap,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: texts,
  },
  'kubernetes.Namespace': {
    metadata: structType('kubernetes.NamespaceMetadata'),
    spec: structType('kubernetes.NamespaceSpec'),
    status: structType('kubernetes.NamespaceStatus'),
  },
};

const structs: Structs = new Map(
  Object.entries(described).map(([name, fields]) => [name, new Map(Object.entries(fields))] as const),
);

const operationFields = new Map<string, CelType>([
  ['op', string],
  ['path', string],
  ['from', string],
  ['value', dyn],
]);

/** Operations of JSON patches. A field they do not have is of a type without a name, to which nothing can be assigned. */
const jsonPatch: StructFields = { get: (field) => operationFields.get(field) ?? structType('') };

/** The type that expressions of each kind of patch have to be of. */
export const patchTypes = {
  JSONPatch: listType(structType('JSONPatch')),
  ApplyConfiguration: structType('Object'),
} as const;

/** The fields of objects whose form nobody knows: any. */
const anyField: StructFields = { get: () => dyn };

const isObjectType = (name: string): boolean => name === 'Object' || name.startsWith('Object.');

/** Where patches are made: every name that begins with `Object` is a type. */
class PatchEnvironment extends Environment {
  override ident(name: string): CelType | undefined {
    return super.ident(name) ?? (isObjectType(name) ? typeType(structType(name)) : undefined);
  }

  override fields(name: string): StructFields | undefined {
    return super.fields(name) ?? (isObjectType(name) ? anyField : undefined);
  }
}

const patchFunctions = lazy(
  (): Functions =>
    // The order is kube-apiserver's: what the first replacement has made is not looked at again.
    new Functions(baseFunctions()).add(
      'jsonpatch.escapeKey',
      'string_jsonpatch_escapeKey_string',
      '(string): string',
      (key: string) => key.replace(/[/~]/g, (char) => (char === '/' ? '~1' : '~0')),
    ),
);

/** The variables and types that the expressions at one place of a policy may use. */
export interface PolicyOptions {
  /** True if the policy has parameters, with a `paramKind`. */
  readonly params: boolean;
  /** True if expressions may ask the authorizer. */
  readonly authorizer: boolean;
  /** The policy's own variables with their types; undefined where there cannot be any. */
  readonly variables?: ReadonlyMap<string, CelType> | undefined;
  /** The types of `object`, `oldObject` and `params`, where they are known. */
  readonly object?: CelType | undefined;
  readonly paramsType?: CelType | undefined;
  /** True if it makes patches: objects of any form (`Object.spec{…}`) and operations of JSON patches can be written. */
  readonly patches?: boolean | undefined;
  /** Further struct types. */
  readonly structs?: Structs | undefined;
}

/** Where the expressions of policies and match conditions stand. */
export function policyEnvironment({ params, authorizer, variables, ...more }: PolicyOptions): Environment {
  const named = new Map<string, CelType>([
    ['object', more.object ?? dyn],
    ['oldObject', more.object ?? dyn],
    ['request', structType('kubernetes.AdmissionRequest')],
    ['namespaceObject', structType('kubernetes.Namespace')],
  ]);
  if (params) named.set('params', more.paramsType ?? dyn);
  if (authorizer) {
    named.set('authorizer', types.authorizer);
    named.set('authorizer.requestResource', types.resourceCheck);
  }
  const all = new Map([...structs, ...(more.structs ?? [])]);
  if (more.patches === true) all.set('JSONPatch', jsonPatch);
  if (variables !== undefined) {
    named.set('variables', structType('kubernetes.variables'));
    all.set('kubernetes.variables', variables);
  }
  return more.patches === true ? new PatchEnvironment(named, all, patchFunctions()) : new Environment(named, all);
}
