import { createHash } from 'node:crypto';
import type { Impersonation } from '../config/cluster-config.js';
import { impersonationHeaders } from '../config/impersonation.js';

/** The user of a browser, as `authenticate` gives it. The gateway acts as this user in all clusters. */
export interface GatewayUser extends Impersonation {
  /** The time at which connections of this sign-in end. Default: they do not. */
  readonly expires?: Date | undefined;
  /** The namespaces to look into if the user may not read a kind everywhere. Default: all namespaces of the cluster. */
  readonly namespaces?: readonly string[] | undefined;
}

/** A user whose identity was checked. */
export interface Caller {
  /** The same for two users only if all facts about them are the same. */
  readonly id: string;
  readonly identity: Impersonation;
  readonly expires: Date | undefined;
  readonly namespaces: readonly string[] | undefined;
}

/** Checks the user that `authenticate` gave. Throws an `InvalidRequestError` for an identity that headers cannot hold. */
export function callerFrom({ user, uid, groups, extra, expires, namespaces }: GatewayUser): Caller {
  const identity: Impersonation = { user, uid, groups, extra };
  const headers = impersonationHeaders(identity);
  const facts = JSON.stringify([headers, namespaces]);
  return { id: createHash('sha256').update(facts).digest('base64'), identity, expires, namespaces };
}
