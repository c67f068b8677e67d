import type { OpenApiDocument } from './document.js';

/** The input of a generator run: OpenAPI v3 documents by group and version, and discovery. */
export interface ApiSource {
  /** The title of the API in the documents, such as `Kubernetes`. */
  title: string;
  /** The version of the API, such as `1.36`. */
  version: string;
  documents: GroupVersionDocument[];
  /** The documents of no group and version, such as that of `/version`, where there are any. */
  plumbing?: PlumbingDocument[] | undefined;
  /** In the order of discovery, core first. Absent where there was none to be had: it is then derived from the paths. */
  discovery?: DiscoveryGroup[] | undefined;
}

/** The OpenAPI v3 document of one group and version. */
export interface GroupVersionDocument {
  /** Empty for the core group. */
  group: string;
  version: string;
  document: OpenApiDocument;
}

/** An OpenAPI v3 document of paths without resources. */
export interface PlumbingDocument {
  /** Where it is below `/openapi/v3/`, such as `version` or `apis/apps`. */
  place: string;
  document: OpenApiDocument;
}

/** One item of an APIGroupDiscoveryList (`apidiscovery.k8s.io/v2`). */
export interface DiscoveryGroup {
  metadata?: { name?: string };
  versions?: DiscoveryVersion[];
}

/** One version of a group in discovery, the preferred one first. */
export interface DiscoveryVersion {
  version: string;
  resources?: DiscoveryResource[];
}

/** One resource in discovery. */
export interface DiscoveryResource {
  resource: string;
  responseKind?: { group?: string; version?: string; kind?: string };
  scope?: string;
  singularResource?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: DiscoverySubresource[];
}

/** One subresource in discovery. */
export interface DiscoverySubresource {
  subresource: string;
  responseKind?: { group?: string; version?: string; kind?: string };
  verbs?: string[];
}

/** The input cannot be used as it is. The message names what was read, what is wrong with it and what to do. */
export class CodegenError extends Error {
  /** Always `CodegenError`. */
  override readonly name = 'CodegenError';
  /** Tells the error from others, as the `code` of a `KubeError` does. */
  readonly code = 'ERR_KUBE_CODEGEN';
}
