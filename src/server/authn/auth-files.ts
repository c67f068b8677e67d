import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { UserInfo } from '../object/user.js';
import { type Authenticator, authenticated, credentialsIn, unauthorized } from './authenticator.js';
import { parseCsv } from './csv.js';

/**
 * Bearer tokens from a file, kube-apiserver's `--token-auth-file`: lines of `token,user,uid,"group1,group2"`, the groups optional. Of
 * lines with the same token the last counts. Rejects for a file that cannot be read or has a line of less than three fields.
 */
export async function tokenFile(path: string): Promise<Authenticator> {
  const users = new Map<string, UserInfo>();
  for (const { secret, user } of await readUsers(path, 'token', '--token-auth-file')) users.set(digest(secret), user);
  return (headers) => {
    const token = credentialsIn(headers, 'bearer');
    // Looked up by its digest: how long that takes says nothing about the tokens in the file.
    return token === undefined || token === '' ? undefined : users.get(digest(token));
  };
}

/**
 * User names and passwords from a file, kube-apiserver's `--basic-auth-file` (up to 1.18): lines of `password,user,uid,"group1,group2"`,
 * the groups optional. Rejects as `tokenFile`. The authenticator throws the 401 Status for wrong credentials.
 */
export async function basicAuthFile(path: string): Promise<Authenticator> {
  const users = new Map<string, { readonly password: Buffer; readonly user: UserInfo }>();
  for (const { secret, user } of await readUsers(path, 'password', '--basic-auth-file')) {
    users.set(user.username, { password: Buffer.from(digest(secret)), user });
  }
  return (headers) => {
    const given = credentialsIn(headers, 'basic');
    if (given === undefined) return undefined;
    const [, name = '', password] = /^([^:]*):(.*)$/s.exec(Buffer.from(given, 'base64').toString('utf8')) ?? [];
    const known = users.get(name);
    if (known === undefined || password === undefined) throw unauthorized();
    if (!timingSafeEqual(Buffer.from(digest(password)), known.password)) throw unauthorized();
    return known.user;
  };
}

async function readUsers(
  path: string,
  secretName: string,
  flag: string,
): Promise<{ secret: string; user: UserInfo }[]> {
  let records: string[][];
  try {
    records = parseCsv(await readFile(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? ('code' in cause ? cause.code : cause.message) : cause;
    throw new Error(`cannot read ${flag} ${path}: ${why}. Check the path and what the file holds.`);
  }
  const users: { secret: string; user: UserInfo }[] = [];
  for (const [index, [secret = '', name = '', uid, groups = '']] of records.entries()) {
    if (uid === undefined) {
      throw new Error(
        `cannot read ${flag} ${path}: record ${index + 1} needs at least three fields: ${secretName}, user name, user uid`,
      );
    }
    // As kube-apiserver: nobody comes in with an empty secret.
    if (secret === '' || name === '') continue;
    users.push({ secret, user: authenticated(name, groups.split(','), uid) });
  }
  return users;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
