import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { fieldsOf, listOf, numberOf, textOf } from '../../fields.js';
import { decodeBody } from '../../http/body.js';
import type { ServerResponse } from '../../http/message.js';
import { parseWriteOptions } from '../../http/write-options.js';
import { storageKey } from '../../scheme/resource.js';
import { badRequest, conflict, notFound } from '../../status-error.js';
import { invalid, invalidValue } from '../../validation/field-error.js';
import { nameOf, type ResourceRequest, type ServerContext } from '../context.js';
import { decodeKind, objectFromBody } from '../decode-object.js';
import { readExisting } from '../get.js';
import { renderObject } from '../render.js';
import { decodeStored, type ServerObject } from '../stored.js';
import { newUid, timestamp } from '../system-fields.js';

/** Who issues service account tokens, and for whom when nobody is named. */
const issuer = 'https://kubernetes.default.svc';

const defaultSeconds = 3_600;
const minSeconds = 600;

interface SigningKey {
  readonly key: KeyObject;
  readonly id: string;
}

/** Each server signs with a key of its own, made when the first token is asked for. */
const keys = new WeakMap<ServerContext, SigningKey>();

/** POST to `serviceaccounts/{name}/token`: a signed token for a service account (TokenRequest). */
export async function requestToken(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const wanted = objectFromBody(await decodeBody(request.http, 'TokenRequest'), kind, options, request.warnings);
  const account = decodeStored(await readExisting(request, nameOf(request)), request.resource);
  const spec = fieldsOf(wanted.spec);
  const seconds = numberOf(spec.expirationSeconds) ?? defaultSeconds;
  if (seconds < minSeconds) {
    const error = invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [error]);
  }
  if ((wanted.metadata.name ?? '') !== '' && wanted.metadata.name !== nameOf(request)) {
    throw badRequest('name in URL does not match name in TokenRequest object');
  }
  const audiences = listOf(spec.audiences).map(textOf);
  const named = audiences.length > 0 ? audiences : [issuer];
  const bound = await boundObject(request, fieldsOf(spec.boundObjectRef));
  const token = makeToken(request, account, named, seconds, bound);
  const { name, namespace } = account.metadata;
  const answer = decodeKind(
    {
      metadata: { name, namespace },
      spec: { ...spec, audiences: named, expirationSeconds: seconds },
      status: { token, expirationTimestamp: timestamp(request.server.clock, seconds) },
    },
    kind,
  );
  return renderObject(request, 201, answer);
}

interface Bound {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The object a token dies with. Throws 404 or 409 when it is not there. */
async function boundObject(request: ResourceRequest, ref: { [field: string]: unknown }): Promise<Bound | undefined> {
  const kind = textOf(ref.kind);
  if (kind === '') return undefined;
  const plural = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
  if (plural === undefined)
    throw badRequest(`cannot bind token for serviceaccount to object of type ${textOf(ref.apiVersion)}, Kind=${kind}`);
  const resource = request.server.scheme.resource('', 'v1', plural);
  if (resource === undefined) throw badRequest(`there are no ${plural}`);
  const name = textOf(ref.name);
  const { kv } = await request.server.storage.get(storageKey(resource, request.path.namespace, name));
  if (kv === undefined) throw notFound(resource, name);
  const uid = decodeStored(kv, resource).metadata.uid ?? '';
  if (textOf(ref.uid) !== '' && ref.uid !== uid) {
    throw conflict(
      resource,
      name,
      `the UID in the bound object reference (${textOf(ref.uid)}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { kind: kind.toLowerCase(), name, uid };
}

function makeToken(
  { server }: ResourceRequest,
  { metadata }: ServerObject,
  audiences: readonly string[],
  seconds: number,
  bound: Bound | undefined,
): string {
  const now = Math.floor(server.clock.now() / 1_000);
  const { namespace = '', name = '', uid = '' } = metadata;
  const { key, id } = signingKey(server);
  const claims = {
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
  const signed = `${encode({ alg: 'RS256', kid: id })}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function signingKey(server: ServerContext): SigningKey {
  const known = keys.get(server);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const made = { key: privateKey, id: createHash('sha256').update(der).digest('base64url') };
  keys.set(server, made);
  return made;
}
