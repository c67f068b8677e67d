import { fieldsOf, listOf, numberOf, textOf } from '../../util/json-fields.js';
import type { ServerContext } from '../object/server-context.js';
import { newUid } from '../object/system-fields.js';
import type { UserInfo } from '../object/user.js';
import { storageKey } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';

/** An object that a token dies with. */
export interface BoundObject {
  readonly kind: 'pod' | 'secret' | 'node';
  readonly name: string;
  readonly uid: string;
  /** The node of a pod. It may be gone: its uid is empty then. */
  readonly node?: { readonly name: string; readonly uid: string } | undefined;
}

/** For whom a token is made, and for how long. */
export interface TokenClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly bound?: BoundObject | undefined;
}

/** Returns a signed token (JWT). */
export function makeToken(server: ServerContext, claims: TokenClaims): string {
  const now = Math.floor(server.clock.now() / 1_000);
  const { namespace, name, uid, audiences, seconds, bound } = claims;
  return server.tokens.sign({
    aud: audiences,
    exp: now + seconds,
    iat: now,
    iss: server.tokens.issuer,
    jti: newUid(server.random),
    'kubernetes.io': {
      namespace,
      ...(bound === undefined ? {} : { [bound.kind]: { name: bound.name, uid: bound.uid } }),
      ...(bound?.node === undefined ? {} : { node: bound.node }),
      serviceaccount: { name, uid },
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  });
}

/** The result of checking a token. */
export type TokenVerdict =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly user?: undefined; readonly error: string };

/**
 * Returns the account of a token. The token must be signed by this server, valid now, and for one of the audiences. Its account and the
 * object that it is bound to must still exist.
 */
export async function readToken(
  server: ServerContext,
  token: string,
  audiences: readonly string[] = server.tokens.audiences,
): Promise<TokenVerdict> {
  const invalid = { error: 'invalid bearer token' };
  const claims = server.tokens.verify(token);
  if (claims === undefined) return invalid;
  const now = server.clock.now() / 1_000;
  if ((numberOf(claims.exp) ?? 0) < now || (numberOf(claims.nbf) ?? 0) > now + 1) return invalid;
  const meant = listOf(claims.aud).map(textOf);
  const shared = meant.filter((audience) => audiences.includes(audience));
  if (shared.length === 0) {
    const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
    return {
      error: `[invalid bearer token, token audiences ${list(meant)} is invalid for the target audiences ${list(audiences)}]`,
    };
  }
  const own = fieldsOf(claims['kubernetes.io']);
  const namespace = textOf(own.namespace);
  const { name, uid } = fieldsOf(own.serviceaccount);
  if (!(await isThere(server, 'serviceaccounts', namespace, textOf(name), textOf(uid)))) return invalid;
  const extra: { [key: string]: string[] } = {
    'authentication.kubernetes.io/credential-id': [`JTI=${textOf(claims.jti)}`],
  };
  for (const kind of ['pod', 'secret', 'node'] as const) {
    if (own[kind] === undefined) continue;
    const bound = fieldsOf(own[kind]);
    const [boundName, boundUid] = [textOf(bound.name), textOf(bound.uid)];
    // A token of a pod tells the pod's node, and does not end with it.
    const isTold = kind === 'node' && own.pod !== undefined;
    if (!isTold && !(await isThere(server, `${kind}s`, namespace, boundName, boundUid))) return invalid;
    if (kind === 'secret') continue;
    extra[`authentication.kubernetes.io/${kind}-name`] = [boundName];
    if (boundUid !== '') extra[`authentication.kubernetes.io/${kind}-uid`] = [boundUid];
  }
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { user: { username: textOf(claims.sub), uid: textOf(uid), groups, extra }, audiences: shared };
}

/** The time that a token outlives the deletion of an object whose removal waits for finalizers or a grace period. */
const deletionLeewayMs = 60_000;

/** Returns whether an object exists with this uid, and was not deleted more than a minute ago. */
async function isThere(
  server: ServerContext,
  plural: string,
  namespace: string,
  name: string,
  uid: string,
): Promise<boolean> {
  const resource = server.scheme.resource('', 'v1', plural);
  if (resource === undefined) return false;
  const { kv } = await server.storage.get(storageKey(resource, namespace, name));
  if (kv === undefined) return false;
  const { metadata } = decodeStored(kv, resource);
  if (metadata.uid !== uid) return false;
  const { deletionTimestamp } = metadata;
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) >= server.clock.now() - deletionLeewayMs;
}
