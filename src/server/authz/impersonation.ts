import type { Attributes, Authorizer } from '../object/authorization.js';
import type { ServerRequest } from '../object/message.js';
import { badRequest } from '../object/status-error.js';
import type { UserInfo } from '../object/user.js';
import { notAllowed } from './attributes.js';

const authentication = 'authentication.k8s.io';

/** The values of a header; one that may come several times comes as a list. */
function valuesOf(headers: ServerRequest['headers'], name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/**
 * Who acts, when the request says that it acts for somebody else (`Impersonate-User` and its companions) and may. Throws the 400 or 403
 * Status.
 */
export async function impersonated(
  authorizer: Authorizer,
  user: UserInfo,
  headers: ServerRequest['headers'],
): Promise<UserInfo> {
  const [username = ''] = valuesOf(headers, 'impersonate-user');
  const groups = valuesOf(headers, 'impersonate-group');
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const extra = extraOf(headers);
  if (username === '') {
    if (groups.length === 0 && uid === '' && extra.length === 0) return user;
    throw badRequest(`requested ${wanted(groups, uid, extra)} without impersonating a user name`);
  }
  const check = async (resource: string, name: string, namespace = '', subresource = ''): Promise<void> => {
    const about = resource === 'userextras' || resource === 'uids' ? authentication : '';
    const attributes: Attributes = {
      user,
      verb: 'impersonate',
      path: '',
      resource: { group: about, version: 'v1', resource, subresource, namespace, name },
    };
    const { allowed, reason } = await authorizer.authorize(attributes);
    if (!allowed) throw notAllowed(attributes, reason);
  };
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  if (account === null) await check('users', username);
  else await check('serviceaccounts', account[2] ?? '', account[1]);
  for (const group of groups) await check('groups', group);
  for (const [key, value] of extra) await check('userextras', value, '', key);
  if (uid !== '') await check('uids', uid);
  const own = account === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
  const named = groups.length > 0 ? groups : own;
  return {
    username,
    groups: withStanding(username, named),
    ...(uid === '' ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: grouped(extra) }),
  };
}

/** The groups with the one that says whether somebody has been recognized. */
function withStanding(username: string, groups: readonly string[]): string[] {
  const standing = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  const said = groups.includes(standing) || groups.includes('system:unauthenticated');
  return said ? [...groups] : [...groups, standing];
}

const extraPrefix = 'impersonate-extra-';

function extraOf(headers: ServerRequest['headers']): [key: string, value: string][] {
  return Object.keys(headers)
    .filter((name) => name.startsWith(extraPrefix))
    .flatMap((name) =>
      valuesOf(headers, name).map((value): [string, string] => [unescaped(name.slice(extraPrefix.length)), value]),
    );
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function grouped(extra: readonly [string, string][]): { [key: string]: string[] } {
  const out = new Map<string, string[]>();
  for (const [key, value] of extra) out.set(key, [...(out.get(key) ?? []), value]);
  return Object.fromEntries(out);
}

/** What was asked for, as the real server prints it. */
function wanted(groups: readonly string[], uid: string, extra: readonly [string, string][]): string {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
  const entries = Object.entries(grouped(extra)).map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const map = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  const shown = groups.length === 0 ? '[]string(nil)' : list(groups);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${shown}, Extra:${map}}`;
}
