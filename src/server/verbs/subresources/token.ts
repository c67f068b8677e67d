import { trackUpdate } from '../../../patch/index.js';
import { entryOf, fieldsOf, listOf, numberOf, textOf } from '../../../util/json-fields.js';
import { type BoundObject, makeToken } from '../../authn/bound-tokens.js';
import { renderObject } from '../../encoding/render.js';
import { decodeBody } from '../../http/request-body.js';
import { parseWriteOptions } from '../../http/write-options.js';
import { invalid, invalidValue } from '../../object/field-error.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest, type ServerContext } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { badRequest, conflict, notFound } from '../../object/status-error.js';
import { timestamp } from '../../object/system-fields.js';
import { decodeKind, objectFromBody } from '../../scheme/decode-object.js';
import { storageKey } from '../../scheme/storage-keys.js';
import { decodeStored } from '../../scheme/stored-object.js';
import { readExisting } from '../get.js';
import { managerContext } from '../managed-fields.js';
import { namespaceMismatch } from '../match-path.js';
import { admitPosted } from './admit-posted.js';

const defaultSeconds = 3_600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;
const tokenRequests = { group: 'authentication.k8s.io', kind: 'TokenRequest' };

/** POST to `serviceaccounts/{name}/token`: a signed token for a service account (TokenRequest). */
export async function requestToken(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const given = objectFromBody(await decodeBody(request.http, 'TokenRequest'), kind, options, request.warnings);
  const wanted = await admitPosted(request, given, kind, options.dryRun);
  checkMetadata(request, wanted);
  const account = decodeStored(await readExisting(request, nameOf(request)), request.resource);
  checkUid(wanted, account);
  const spec = fieldsOf(wanted.spec);
  const asked = numberOf(spec.expirationSeconds) ?? defaultSeconds;
  checkSeconds(asked);
  const { maxSeconds: most } = request.server.tokens;
  const seconds = most === undefined ? asked : Math.min(asked, most);
  if (seconds < asked)
    request.warnings.push(`requested expiration of ${asked} seconds shortened to ${seconds} seconds`);
  const audiences = listOf(spec.audiences).map(textOf);
  const named = audiences.length > 0 ? audiences : [...request.server.tokens.audiences];
  const bound = await boundObject(request, fieldsOf(spec.boundObjectRef));
  const { name = '', namespace = '', uid = '' } = account.metadata;
  const creationTimestamp = timestamp(request.server.clock);
  const token = makeToken(request.server, { namespace, name, uid, audiences: named, seconds, bound });
  const { managedFields } = trackUpdate({
    ...managerContext(request, options),
    schema: {
      root: { ref: 'authentication.k8s.io/v1.TokenRequest' },
      resolve: (ref) => request.server.scheme.resolve(ref),
    },
    apiVersion: kind.apiVersion,
    live: undefined,
    empty: { spec: { boundObjectRef: null } },
    updated: { ...wanted, spec: { ...spec, expirationSeconds: seconds } },
  }).metadata as ServerObject['metadata'];
  const answer = decodeKind(
    {
      metadata: { ...wanted.metadata, name, namespace, uid, creationTimestamp, managedFields },
      spec: { ...spec, audiences: named, expirationSeconds: seconds },
      status: { token, expirationTimestamp: timestamp(request.server.clock, seconds) },
    },
    kind,
  );
  return renderObject(request, 201, answer);
}

const bindables: { readonly [kind: string]: BoundObject['kind'] } = { Pod: 'pod', Secret: 'secret', Node: 'node' };

/** Prints a type as Go prints a GroupVersionKind. */
function typeText(apiVersion: string, kind: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return `${group}/${version}, Kind=${kind}`;
}

/** Checks that the metadata in the body, if any, is the service account's. Throws the 422 Status. */
function checkMetadata(request: ResourceRequest, { metadata }: ServerObject): void {
  const { name = '', namespace = '' } = metadata;
  if (namespace !== '' && namespace !== request.path.namespace) throw namespaceMismatch();
  if (name === '' || name === nameOf(request)) return;
  const why = 'must match the service account name if specified';
  throw invalid(tokenRequests, nameOf(request), [invalidValue('metadata.name', name, why)]);
}

function checkUid({ metadata }: ServerObject, account: ServerObject): void {
  const { uid = '' } = metadata;
  if (uid === '' || uid === account.metadata.uid) return;
  const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid})`;
  throw conflict({ group: tokenRequests.group, plural: tokenRequests.kind }, account.metadata.name ?? '', why);
}

function checkSeconds(seconds: number): void {
  const complain = (why: string): never => {
    throw invalid(tokenRequests, '', [invalidValue('spec.expirationSeconds', seconds, why)]);
  };
  if (seconds < minSeconds) complain('may not specify a duration less than 10 minutes');
  if (seconds > maxSeconds) complain('may not specify a duration larger than 2^32 seconds');
}

/** The object a token dies with. Throws 404 or 409 when it is not there. */
async function boundObject(
  request: ResourceRequest,
  ref: { [field: string]: unknown },
): Promise<BoundObject | undefined> {
  const kind = textOf(ref.kind);
  if (kind === '') return undefined;
  const bindable = textOf(ref.apiVersion).includes('/') ? undefined : entryOf(bindables, kind);
  if (bindable === undefined)
    throw badRequest(`cannot bind token to object of type ${typeText(textOf(ref.apiVersion), kind)}`);
  const resource = request.server.scheme.resource('', 'v1', `${bindable}s`);
  if (resource === undefined) throw badRequest(`there are no ${bindable}s`);
  const name = textOf(ref.name);
  const { kv } = await request.server.storage.get(storageKey(resource, request.path.namespace, name));
  if (kv === undefined) throw notFound(resource, name);
  const object = decodeStored(kv, resource);
  const account = nameOf(request);
  // A token of one account for a pod of another would let the pod's node act as that account.
  if (bindable === 'pod' && fieldsOf(object.spec).serviceAccountName !== account) {
    const why = 'to pod running with different serviceaccount name.';
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} ${why}`);
  }
  const uid = object.metadata.uid ?? '';
  if (textOf(ref.uid) !== '' && ref.uid !== uid) {
    throw conflict(
      { group: '', plural: kind },
      name,
      `the UID in the bound object reference (${textOf(ref.uid)}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const node = bindable === 'pod' ? textOf(fieldsOf(object.spec).nodeName) : '';
  return { kind: bindable, name, uid, ...(node === '' ? {} : { node: await nodeOf(request.server, node) }) };
}

async function nodeOf(server: ServerContext, name: string): Promise<{ name: string; uid: string }> {
  const nodes = server.scheme.resource('', 'v1', 'nodes');
  const { kv } = nodes === undefined ? { kv: undefined } : await server.storage.get(storageKey(nodes, undefined, name));
  const uid = kv === undefined || nodes === undefined ? '' : (decodeStored(kv, nodes).metadata.uid ?? '');
  return { name, uid };
}
