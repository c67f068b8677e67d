import { type AgreementCase, type AgreementKind, changed, type RecordedAnswer } from './cases.js';

/** Sends one request to a server. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<{ readonly status: number; readonly warnings: readonly string[]; readonly body: unknown }>;

const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Makes the namespaces that the cases are about. */
export async function prepare(send: Send): Promise<void> {
  for (const name of ['fz', 'fzq']) {
    await send('POST', '/api/v1/namespaces', { metadata: { name } });
    await send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
}

/** Puts the cases of one kind to a server, and hands each answer to `take`. The seeds that cases change are stored meanwhile. */
export async function converse(
  send: Send,
  { collection, seeds, cases }: AgreementKind,
  take: (one: AgreementCase, answer: RecordedAnswer) => void,
): Promise<void> {
  const stored = new Set(cases.filter(({ verb }) => verb !== 'create').map(({ seed }) => seed));
  for (const seed of stored) await send('POST', collection, seeds[seed]);
  for (const one of cases) take(one, await ask(send, one, seeds[one.seed]));
  for (const seed of stored)
    await send('DELETE', `${collection}/${encodeURIComponent(nameOf(seeds[seed]))}?gracePeriodSeconds=0`);
}

async function ask(send: Send, { verb, path, changes, body }: AgreementCase, seed: unknown): Promise<RecordedAnswer> {
  if (verb === 'create') return send('POST', path, changed(seed, changes));
  if (verb !== 'update') return send('PATCH', path, body, patchTypes[verb]);
  const [place = ''] = path.split('?');
  const { body: current } = await send('GET', place);
  return send('PUT', path, changed(current, changes));
}

function nameOf(object: unknown): string {
  return (object as { metadata: { name: string } }).metadata.name;
}
