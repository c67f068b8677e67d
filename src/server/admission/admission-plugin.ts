import type { WriteOptions } from '../http/write-options.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';

/** Writes the status of a quota on behalf of the server. */
export type WriteStatus = (request: Operation, options: WriteOptions, quota: ServerObject) => Promise<void>;

/** The attributes of a create or update. */
export type ObjectAttributes = AdmissionAttributes & { readonly object: ServerObject };

/** A built-in admission plugin, as kube-apiserver has them. Each selects the requests that it is about by itself. */
export interface AdmissionPlugin {
  /** The name in `--enable-admission-plugins`. */
  readonly name: string;
  /**
   * Changes a new or updated object in place, or throws the Status that refuses it. Runs before the mutating policies and webhooks, and
   * again after one of them changed the object.
   */
  readonly mutate?: (attributes: ObjectAttributes) => void | Promise<void>;
  /** True: the plugin is asked about connections to pods, services and nodes too. */
  readonly handlesConnect?: boolean | undefined;
  /** Throws the Status that refuses a valid write. `writeStatus` is absent for objects that are never stored, such as an Eviction. */
  readonly validate?: (attributes: AdmissionAttributes, writeStatus: WriteStatus | undefined) => void | Promise<void>;
}

/** Returns whether a request is about a resource itself: `''` is the core group. A subresource does not match. */
export function isAbout({ request: { resource, path } }: AdmissionAttributes, group: string, plural: string): boolean {
  return resource.group === group && resource.plural === plural && path.subresource === undefined;
}
