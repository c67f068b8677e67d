import type { ServerRequest } from '../object/message.js';
import { failure } from '../object/status-error.js';
import type { WantedUser } from '../object/user.js';

type Headers = ServerRequest['headers'];

/**
 * Returns the user that the headers `Impersonate-User`, `-Group`, `-Uid` and `-Extra-…` name, undefined without them. Throws the 400 Status
 * for the others without a user name.
 */
export function wantedUser(headers: Headers): WantedUser | undefined {
  const [username = ''] = valuesOf(headers, 'impersonate-user');
  const groups = valuesOf(headers, 'impersonate-group');
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const extra = extraOf(headers);
  const wanted: WantedUser = { username, groups, uid, extra };
  if (username !== '') return wanted;
  if (groups.length === 0 && uid === '' && extra.size === 0) return undefined;
  const message = `requested ${goText(wanted)} without impersonating a user name`;
  throw failure(400, 'BadRequest', message, undefined, { 'x-content-type-options': 'nosniff' });
}

/** Returns the values of a header. The listener passes one that may come several times as a list. */
function valuesOf(headers: Headers, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

const extraPrefix = 'impersonate-extra-';

function extraOf(headers: Headers): Map<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(extraPrefix)) continue;
    const key = unescaped(name.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(headers, name)]);
  }
  return extra;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Prints a user as Go's `%#v` does. */
function goText({ groups, uid, extra }: WantedUser): string {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
  const entries = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const map = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  const shown = groups.length === 0 ? '[]string(nil)' : list(groups);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${shown}, Extra:${map}}`;
}
