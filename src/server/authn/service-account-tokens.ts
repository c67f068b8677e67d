import { fieldsOf, listOf, numberOf, textOf } from '../../util/json-fields.js';
import type { ServerContext } from '../object/server-context.js';
import { newUid } from '../object/system-fields.js';
import type { UserInfo } from '../object/user.js';
import { storageKey } from '../scheme/resource.js';
import { decodeStored } from '../scheme/stored.js';

/** An object that a token dies with. */
export interface BoundObject {
  readonly kind: 'pod' | 'secret' | 'node';
  readonly name: string;
  readonly uid: string;
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
      serviceaccount: { name, uid },
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  });
}

/** What a token turned out to be. */
export type TokenVerdict =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly user?: undefined; readonly error: string };

/**
 * Whose token this is: signed by this server, of this moment, for one of the audiences, of an account that is still there together with
 * what the token is bound to.
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
    if (!(await isThere(server, `${kind}s`, namespace, boundName, boundUid))) return invalid;
    if (kind === 'secret') continue;
    extra[`authentication.kubernetes.io/${kind}-name`] = [boundName];
    extra[`authentication.kubernetes.io/${kind}-uid`] = [boundUid];
  }
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { user: { username: textOf(claims.sub), uid: textOf(uid), groups, extra }, audiences: shared };
}

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
  return kv !== undefined && decodeStored(kv, resource).metadata.uid === uid;
}
