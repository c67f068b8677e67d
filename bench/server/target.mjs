// Where a benchmark's requests go: what a kubeconfig says, or the URL itself, as undici wants it.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Pool } from 'undici';
import { parse } from 'yaml';

/** A pool of connections to what a kubeconfig names, or to a URL, and the headers that let it in. */
export function poolFor(target, connections) {
  if (/^https?:/.test(target)) {
    const pool = new Pool(target, { connections, pipelining: 1, connect: { rejectUnauthorized: false } });
    return { pool, headers: {} };
  }
  const config = parse(readFileSync(target, 'utf8'));
  const named = (list, name) => list.find((one) => one.name === name);
  const context = named(config.contexts, config['current-context']).context;
  const { cluster } = named(config.clusters, context.cluster);
  const user = named(config.users, context.user)?.user ?? {};
  const file = (inline, path) =>
    inline !== undefined
      ? Buffer.from(inline, 'base64')
      : path === undefined
        ? undefined
        : readFileSync(resolve(dirname(target), path));
  const connect = {
    ca: file(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: file(user['client-certificate-data'], user['client-certificate']),
    key: file(user['client-key-data'], user['client-key']),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
  const headers = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
  return { pool: new Pool(cluster.server, { connections, pipelining: 1, connect }), headers };
}
