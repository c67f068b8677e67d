import { type BoundObject, issuer, makeToken } from '../../authn/service-account-tokens.js';
import { fieldsOf, listOf, numberOf, textOf } from '../../fields.js';
import { decodeBody } from '../../http/body.js';
import type { ServerResponse } from '../../http/message.js';
import { parseWriteOptions } from '../../http/write-options.js';
import { trackUpdate } from '../../patch/index.js';
import { storageKey } from '../../scheme/resource.js';
import { badRequest, conflict, notFound } from '../../status-error.js';
import { invalid, invalidValue } from '../../validation/field-error.js';
import { nameOf, type ResourceRequest } from '../context.js';
import { decodeKind, objectFromBody } from '../decode-object.js';
import { readExisting } from '../get.js';
import { managerContext } from '../managed-fields.js';
import { renderObject } from '../render.js';
import { decodeStored, type ServerObject } from '../stored.js';
import { timestamp } from '../system-fields.js';
import { admitPosted } from './admit-posted.js';

const defaultSeconds = 3_600;
const minSeconds = 600;

/** POST to `serviceaccounts/{name}/token`: a signed token for a service account (TokenRequest). */
export async function requestToken(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const given = objectFromBody(await decodeBody(request.http, 'TokenRequest'), kind, options, request.warnings);
  const wanted = await admitPosted(request, given, kind, options.dryRun);
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
  const { name = '', namespace = '', uid = '', creationTimestamp } = account.metadata;
  const token = makeToken(request.server, { namespace, name, uid, audiences: named, seconds, bound });
  const { managedFields } = trackUpdate({
    ...managerContext(request, options),
    schema: {
      root: { ref: 'authentication.k8s.io/v1.TokenRequest' },
      resolve: (ref) => request.server.scheme.resolve(ref),
    },
    apiVersion: kind.apiVersion,
    live: undefined,
    updated: { ...wanted, spec: { ...spec, expirationSeconds: seconds } },
  }).metadata as ServerObject['metadata'];
  const answer = decodeKind(
    {
      metadata: { name, namespace, uid, creationTimestamp, managedFields },
      spec: { ...spec, audiences: named, expirationSeconds: seconds },
      status: { token, expirationTimestamp: timestamp(request.server.clock, seconds) },
    },
    kind,
  );
  return renderObject(request, 201, answer);
}

/** The object a token dies with. Throws 404 or 409 when it is not there. */
async function boundObject(
  request: ResourceRequest,
  ref: { [field: string]: unknown },
): Promise<BoundObject | undefined> {
  const kind = textOf(ref.kind);
  if (kind === '') return undefined;
  const bindable = ({ Pod: 'pod', Secret: 'secret', Node: 'node' } as const)[kind];
  if (bindable === undefined)
    throw badRequest(`cannot bind token for serviceaccount to object of type ${textOf(ref.apiVersion)}, Kind=${kind}`);
  const resource = request.server.scheme.resource('', 'v1', `${bindable}s`);
  if (resource === undefined) throw badRequest(`there are no ${bindable}s`);
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
  return { kind: bindable, name, uid };
}
