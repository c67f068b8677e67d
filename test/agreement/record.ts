import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { type AgreementCase, type AgreementKind, readAgreement, writeAgreement } from './cases.js';
import { comparable } from './comparable.js';
import { converse, prepare, type Send } from './conversation.js';

/**
 * `npm run agreement:record -- --server URL --token TOKEN [--cases FILE]`: puts the cases to a kube-apiserver and writes down its answers.
 * `--cases` names a file with one AgreementKind a line, whose cases take the place of those recorded so far.
 */
/** The status of a request that made the server close the connection: there is nothing to agree with. */
const unanswered = 0;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { server: { type: 'string' }, token: { type: 'string' }, cases: { type: 'string' } },
  });
  if (values.server === undefined || values.token === undefined)
    throw new Error('cannot record answers without a server: give --server and --token');
  const kinds: AgreementKind[] =
    values.cases === undefined
      ? readAgreement()
      : readFileSync(values.cases, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
  const send = sender(values.server, values.token);
  await prepare(send);
  for (const kind of kinds) {
    const cases: AgreementCase[] = [];
    await converse(send, kind, (one, answer) => {
      if (answer.status !== unanswered) cases.push({ ...one, answer: comparable(answer) });
    });
    writeAgreement({ ...kind, cases });
    console.log(`${kind.kind}: ${cases.length} cases`);
  }
}

function sender(server: string, token: string): Send {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  return async (method, path, body, contentType = 'application/json') => {
    const answer = await request(`${server}${path}`, {
      method: method as 'GET',
      dispatcher,
      reset: true,
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': 'agreement/1',
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => undefined);
    if (answer === undefined) return { status: unanswered, warnings: [], body: undefined };
    const warnings = answer.headers.warning ?? [];
    return {
      status: answer.statusCode,
      warnings: typeof warnings === 'string' ? [warnings] : warnings,
      body: await answer.body.json(),
    };
  };
}

await main();
