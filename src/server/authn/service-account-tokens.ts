import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { fieldsOf, listOf, numberOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../registry/context.js';
import { decodeStored } from '../registry/stored.js';
import { newUid } from '../registry/system-fields.js';
import { storageKey } from '../scheme/resource.js';
import type { UserInfo } from '../user.js';

/** Who issues service account tokens, and for whom when nobody is named. */
export const issuer = 'https://kubernetes.default.svc';

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

interface SigningKey {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly id: string;
}

/** Each server signs with a key of its own, made when the first token is asked for. */
const keys = new WeakMap<ServerContext, SigningKey>();

/** A signed token (JWT, RS256). */
export function makeToken(server: ServerContext, claims: TokenClaims): string {
  const now = Math.floor(server.clock.now() / 1_000);
  const { namespace, name, uid, audiences, seconds, bound } = claims;
  const { key, id } = signingKey(server);
  const payload = {
    aud: audiences,
    exp: now + seconds,
    iat: now,
    iss: issuer,
    jti: newUid(server.random),
    'kubernetes.io': {
      namespace,
      ...(bound === undefined ? {} : { [bound.kind]: { name: bound.name, uid: bound.uid } }),
      serviceaccount: { name, uid },
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const signed = `${encode({ alg: 'RS256', kid: id })}.${encode(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
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
  audiences: readonly string[] = [issuer],
): Promise<TokenVerdict> {
  const invalid = { error: 'invalid bearer token' };
  const claims = verifiedClaims(server, token);
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

/** The claims of a token that this server has signed; undefined for any other text. */
function verifiedClaims(server: ServerContext, token: string): JsonObject | undefined {
  const key = keys.get(server);
  const [head = '', payload = '', signature = '', ...more] = token.split('.');
  if (key === undefined || signature === '' || more.length > 0) return undefined;
  if (decode(head).alg !== 'RS256' || decode(head).kid !== key.id) return undefined;
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify('sha256', signed, key.publicKey, Buffer.from(signature, 'base64url'))) return undefined;
  return decode(payload);
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

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part: string): JsonObject {
  try {
    return fieldsOf(JSON.parse(Buffer.from(part, 'base64url').toString()));
  } catch {
    return {};
  }
}

function signingKey(server: ServerContext): SigningKey {
  const known = keys.get(server);
  if (known !== undefined) return known;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const made = { key: privateKey, publicKey, id: createHash('sha256').update(der).digest('base64url') };
  keys.set(server, made);
  return made;
}
