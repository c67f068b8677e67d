import type { Resource } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import { jsonCodec } from '../wire/index.js';
import type { ApiCaller } from './api-caller.js';
import type { CallOptions } from './options.js';

/** One action to ask about. */
export interface AccessQuestion extends CallOptions {
  /** Such as `get`, `list`, `create` or `delete`. */
  readonly verb: string;
  /** The kind. */
  readonly resource: Pick<Resource, 'group' | 'version' | 'plural'>;
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  /** Default: any object. */
  readonly name?: string | undefined;
  /** Such as `exec` or `status`. */
  readonly subresource?: string | undefined;
}

/** The user that the server takes this handle for. */
export interface Identity {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
}

/** Asks the server whether the handle's user may do this (SelfSubjectAccessReview). */
export async function mayDo(caller: ApiCaller, question: AccessQuestion): Promise<boolean> {
  const { verb, resource, namespace, name, subresource, ...options } = question;
  const { group, version, plural } = resource;
  const resourceAttributes = { verb, group, version, resource: plural, namespace, name, subresource };
  const status = await review(
    caller,
    'authorization.k8s.io',
    'SelfSubjectAccessReview',
    { resourceAttributes },
    options,
  );
  return status.allowed === true;
}

/** Asks the server for the user behind the handle's credentials (SelfSubjectReview). */
export async function identityOf(caller: ApiCaller, options: CallOptions): Promise<Identity> {
  const { userInfo } = await review(caller, 'authentication.k8s.io', 'SelfSubjectReview', undefined, options);
  const user = isObject(userInfo) ? userInfo : {};
  const groups = Array.isArray(user.groups) ? user.groups.filter((group) => typeof group === 'string') : [];
  return {
    username: typeof user.username === 'string' ? user.username : '',
    ...(typeof user.uid === 'string' && user.uid !== '' ? { uid: user.uid } : {}),
    groups,
  };
}

async function review(
  caller: ApiCaller,
  group: string,
  kind: string,
  spec: unknown,
  options: CallOptions,
): Promise<Record<string, unknown>> {
  const answer = await caller.call({
    context: { verb: 'create', kind },
    method: 'POST',
    path: `/apis/${group}/v1/${kind.toLowerCase()}s`,
    body: jsonCodec.encode({ apiVersion: `${group}/v1`, kind, metadata: {}, spec }),
    contentType: 'application/json',
    accept: 'application/json',
    options: { idempotent: true, ...options },
    dryRun: true,
  });
  return isObject(answer) && isObject(answer.status) ? answer.status : {};
}
