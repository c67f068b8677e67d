import type { KubeObject, ObjectMeta, Resource, Subresource } from '../meta/index.js';
import type { JSONSchemaProps } from './json-schema-props.js';

/** A definition of a kind, as a cluster keeps it (`apiextensions.k8s.io/v1`). */
export interface CustomResourceDefinition extends KubeObject {
  spec: CustomResourceDefinitionSpec;
  /** The state that the server reports. */
  status?: CustomResourceDefinitionStatus | undefined;
}

/** The names of the kind, its scope, and its versions. */
export interface CustomResourceDefinitionSpec {
  group: string;
  scope: string;
  names: CustomResourceNames;
  versions: CustomResourceVersion[];
  conversion?: CustomResourceConversion | undefined;
}

/** The names of a kind in different places. */
export interface CustomResourceNames {
  plural: string;
  singular?: string | undefined;
  kind: string;
  listKind?: string | undefined;
  shortNames?: string[] | undefined;
  categories?: string[] | undefined;
}

/** One version of a kind. */
export interface CustomResourceVersion {
  name: string;
  served: boolean;
  /** True if objects are stored in this version. Exactly one version is. */
  storage: boolean;
  deprecated?: boolean | undefined;
  deprecationWarning?: string | undefined;
  schema: { openAPIV3Schema: JSONSchemaProps };
  subresources?: { status?: object | undefined; scale?: ScalePaths | undefined } | undefined;
  additionalPrinterColumns?: CustomResourceColumn[] | undefined;
  selectableFields?: { jsonPath: string }[] | undefined;
}

/** A column of `kubectl get`. */
export interface CustomResourceColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string | undefined;
  description?: string | undefined;
  priority?: number | undefined;
}

/** Where an object keeps what its Scale shows: paths such as `.spec.replicas`. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  /** The path of the selector, as a text, for autoscalers. */
  labelSelectorPath?: string | undefined;
}

/** The conversion between versions: `None` changes only `apiVersion`, `Webhook` calls a program. */
export interface CustomResourceConversion {
  strategy: 'None' | 'Webhook';
  webhook?: { clientConfig: WebhookClientConfig; conversionReviewVersions: string[] } | undefined;
}

/** The address at which the API server reaches a webhook: a Service of the cluster, or a URL. */
export interface WebhookClientConfig {
  service?: { namespace: string; name: string; path?: string | undefined; port?: number | undefined } | undefined;
  url?: string | undefined;
  /** The certificates to believe, PEM in base64. Default: those of the API server's system. */
  caBundle?: string | undefined;
}

/** The state of a definition. */
export interface CustomResourceDefinitionStatus {
  conditions?: CustomResourceDefinitionCondition[] | null | undefined;
  acceptedNames?: CustomResourceNames | undefined;
  storedVersions?: string[] | null | undefined;
}

/** One aspect of a definition's state, such as `Established` or `NamesAccepted`. */
export interface CustomResourceDefinitionCondition {
  type: string;
  status: string;
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | null | undefined;
  observedGeneration?: number | undefined;
}

/** CustomResourceDefinitions as a resource, for clusters to be asked about them. */
export const customResourceDefinitions: Resource<CustomResourceDefinition, 'Cluster'> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'apiextensions.k8s.io/v1/CustomResourceDefinition', verbs: ['get', 'patch', 'update'] },
  },
};

/** An object of a kind defined with zod: metadata as every object has, a spec and a status. */
export interface CustomObject<Spec, Status> extends KubeObject {
  metadata?: ObjectMeta | undefined;
  spec: Spec;
  status?: Status | undefined;
}

/** The subresource of kinds with a status: it alone writes the status, and nothing else. */
export interface StatusSubresource<T> {
  readonly status: Subresource<T, 'get' | 'patch' | 'update'>;
}

/** The subresource of kinds that can be scaled. */
export interface ScaleSubresource {
  readonly scale: Subresource<CustomScale, 'get' | 'patch' | 'update'>;
}

/** The Scale of an object (`autoscaling/v1`). */
export interface CustomScale extends KubeObject {
  spec?: { replicas?: number | undefined } | undefined;
  status?: { replicas: number; selector?: string | undefined } | undefined;
}
