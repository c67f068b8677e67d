import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './helpers/repo.js';
import { run } from './helpers/run.js';
import { SecretWatch } from './helpers/secret-watch.js';

test('a test that lets a secret slip fails, whichever way it slips, and does not say it', async () => {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'leaks', '--reporter', 'json', '--silent'];
  const { exitCode, stdout } = await run(process.execPath, args, ROOT, { ...process.env, KEELSON_LEAKS: '1' });
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    testResults: { assertionResults: { title: string; status: string; failureMessages: string[] }[] }[];
  };
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(results.map(({ title, status }) => `${status}: ${title}`)).toEqual([
    'failed: in the message of an error',
    'failed: in what an error holds',
    'failed: in a line of the log',
    'failed: in what is inspected',
    'failed: in an event',
    'failed: as a private key',
    'passed: nowhere: this one is well',
  ]);
  const messages = results.map(({ failureMessages }) => failureMessages.join('\n'));
  for (const [at, where] of ['error', 'error', 'console', 'inspect', 'event', 'inspect'].entries())
    expect(messages[at]).toContain(` shows in ${where}: `);
  expect(messages.join('\n')).not.toContain('planted-token-1');
  expect(exitCode).toBe(1);
}, 120_000);

test('what a request shows is known: tokens, passwords, and what a token request gives away', () => {
  const watch = new SecretWatch();
  const basic = Buffer.from('jane:pass:word').toString('base64');
  watch.request(
    [
      ['Authorization', 'Bearer some-token'],
      ['proxy-authorization', `Basic ${basic}`],
      ['accept', 'application/json'],
    ],
    'grant_type=refresh_token&refresh_token=refresh-1&client_secret=secret%2F1&client_id=not-secret',
  );
  for (const text of ['some-token', basic, 'pass:word', 'pass%3Aword', 'refresh-1', 'secret/1', 'secret%2F1']) {
    watch.search('error', `it was ${text}.`);
    expect(watch.leaks.splice(0).length).toBeGreaterThan(0);
  }
  watch.search('error', 'application/json for jane, not-secret');
  expect(watch.leaks).toEqual([]);
});
