import { FormatError } from './format-error.js';
import type { KubeObject } from './resource.js';

/** A group and a version. The group is empty for the core group. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** A kind with its group and version. */
export interface GroupVersionKind extends GroupVersion {
  readonly kind: string;
}

/** A resource with its group and version. */
export interface GroupVersionResource extends GroupVersion {
  /** The plural name in URLs, such as `pods`. */
  readonly resource: string;
}

/** The parts of an `apiVersion`: `apps/v1`, or `v1` in the core group. Throws a `FormatError` for more than one slash or an empty text. */
export function parseApiVersion(apiVersion: string): GroupVersion {
  const parts = apiVersion.split('/');
  const version = parts.at(-1);
  if (parts.length > 2 || !version) {
    throw new FormatError('apiVersion', `unexpected GroupVersion string: ${apiVersion.slice(0, 320)}`);
  }
  return { group: parts.length === 2 ? (parts[0] ?? '') : '', version };
}

/** A kind as one text: `apps/v1/Deployment`, `v1/Pod`. */
export function formatGroupVersionKind({ group, version, kind }: GroupVersionKind): string {
  return group === '' ? `${version}/${kind}` : `${group}/${version}/${kind}`;
}

/** The kind behind `apps/v1/Deployment` or `v1/Pod`. Throws a `FormatError` for anything else. */
export function parseGroupVersionKind(text: string): GroupVersionKind {
  const at = text.lastIndexOf('/');
  const kind = text.slice(at + 1);
  if (at <= 0 || kind === '') throw new FormatError('apiVersion', `unexpected kind string: ${text.slice(0, 320)}`);
  return { ...parseApiVersion(text.slice(0, at)), kind };
}

/** The kind an object says it is. Throws a `FormatError` when `apiVersion` or `kind` is absent. */
export function groupVersionKindOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): GroupVersionKind {
  if (!object.apiVersion || !object.kind) {
    throw new FormatError('apiVersion', 'the object has no apiVersion or no kind, so its kind is unknown');
  }
  return { ...parseApiVersion(object.apiVersion), kind: object.kind };
}
