// Requests, watches and credentials under random faults: `npm run soak -- --minutes 10 [--seed N]`. Prints its seed, what happened, and
// whether memory and sockets returned to where they were; ends with 1 when they did not, or when anything went wrong that no fault explains.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigMap, Namespace } from '../dist/generated/index.js';
import { collectMetrics, connect, isKubeError, mergePatch } from '../dist/src/index.js';
import { tokenFile } from '../dist/src/server/authn/auth-files.js';
import { ApiServer } from '../dist/src/server/index.js';

import { listen } from '../dist/src/server/listener.js';
import { FaultProxy } from '../dist/src/testing/fault-proxy.js';
import { systemClock } from '../dist/src/util/clock.js';
import { seededRandom } from '../dist/src/util/random.js';
import { makeCertificate } from '../dist/src/x509/certificate.js';

// With `--seeds N` or `--cluster`, whole clusters are soaked in virtual time instead: see test/cluster/soak.
if (process.argv.includes('--seeds') || process.argv.includes('--cluster')) {
  await import('../dist/test/cluster/soak/main.js');
  process.exit();
}

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, serve: { type: 'string' } },
});
if (values.serve !== undefined) await serveUntilParentEnds(values.serve);
else process.exitCode = await soak(Number(values.minutes), Number(values.seed ?? Date.now() % 2 ** 31));

/** The server stands in a process of its own, so that the memory that is measured is the client's. */
async function serveUntilParentEnds(tokens) {
  const api = new ApiServer({ controllers: [] });
  const listener = await listen(api, { authenticate: await tokenFile(tokens) });
  process.stdout.write(`${listener.url}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
}

async function soak(minutes, seed) {
  const random = seededRandom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const sleep = (ms) => systemClock.sleep(ms);
  console.log(`soak: ${minutes} minutes, seed ${seed}, node ${process.version}`);
  const folder = await mkdtemp(join(tmpdir(), 'keelson-soak-'));
  const tokens = join(folder, 'tokens.csv');
  await writeFile(
    tokens,
    ['one', 'two', 'three'].map((token, index) => `token-${token},user-${index},${index},"system:masters"\n`).join(''),
  );
  const server = spawn(process.execPath, [process.argv[1], '--serve', tokens], { stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await new Promise((resolve) => server.stdout.once('data', (data) => resolve(String(data).trim())));
  const now = Date.now();
  const authority = makeCertificate({ commonName: 'soak-ca', use: 'ca', now, serial: Buffer.from([1]) });
  const pair = makeCertificate(
    { commonName: 'soak', use: 'server', hosts: ['127.0.0.1'], now, serial: Buffer.from([2]) },
    authority,
  );
  const proxy = await FaultProxy.start(url, { cert: pair.certificate, key: pair.privateKey });

  // One handle by a token file that is rotated, one by a plugin whose tokens expire; both get a wrong token now and then.
  const token = join(folder, 'token');
  await writeFile(token, 'token-one');
  const plugin = join(folder, 'plugin.cjs');
  await writeFile(
    plugin,
    `#!${process.execPath}\nconst token = Math.random() < 0.1 ? 'wrong' : Math.random() < 0.5 ? 'token-two' : 'token-three';
process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1',
  status: { token, expirationTimestamp: new Date(Date.now() + 40_000).toISOString() } }));\n`,
  );
  await chmod(plugin, 0o755);
  const kubeconfig = join(folder, 'config');
  const ca = authority.certificate;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'c',
      clusters: [
        { name: 'k', cluster: { server: proxy.url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
      ],
      users: [{ name: 'u', user: { exec } }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    }),
  );
  const deadlines = { connectMs: 1000, tlsMs: 1000, headersMs: 2000, unaryMs: 4000, idleMs: 5000 };
  const metrics = collectMetrics();
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => /TCPSocket|TLS/.test(kind)).length;
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const memory = () => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapMiB: heapUsed / 2 ** 20, externalMiB: external / 2 ** 20, rssMiB: rss / 2 ** 20 };
  };
  const show = (figures) =>
    Object.entries(figures)
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`)
      .join(', ');
  const errors = new Map();
  const strange = [];
  let calls = 0;
  let credentialsSeen = 0;
  const note = (error) => {
    const name = isKubeError(error) ? `${error.code}${error.httpStatus ?? error.deadline ?? ''}` : String(error);
    errors.set(name, (errors.get(name) ?? 0) + 1);
    if (!isKubeError(error)) strange.push(error);
  };
  process.on('unhandledRejection', (error) => strange.push(error));

  let running = true;
  const resting = false;
  const clusters = [
    await connect({ server: proxy.url, ca, tokenFile: token, deadlines, random }),
    await connect({ kubeconfig, deadlines, random }),
  ];
  await clusters[0].resource(Namespace).create({ metadata: { name: 'soak' } });
  const baseline = { ...memory(), sockets: sockets() };
  const informers = clusters.map((cluster) => cluster.informer(ConfigMap, { namespace: 'soak' }));
  await Promise.all(informers.map((informer) => informer.start()));

  async function work(cluster) {
    const maps = cluster.resource(ConfigMap).in('soak');
    while (running) {
      const name = `map-${Math.floor(random() * 50)}`;
      calls++;
      try {
        const verb = pick(['get', 'list', 'create', 'delete', 'update', 'watch', 'abort']);
        if (verb === 'get') await maps.find(name);
        else if (verb === 'list') await maps.list({ pageSize: 20 }).page();
        else if (verb === 'create')
          await maps.create({ metadata: { name }, data: { text: 'x'.repeat(random() * 20_000) } });
        else if (verb === 'delete') await maps.delete(name);
        else if (verb === 'update') await maps.patch(name, mergePatch({ data: { at: String(calls) } }));
        else if (verb === 'watch') {
          let events = 0;
          for await (const _ of maps.watch({ timeoutSeconds: 1 })) if (++events > 20) break;
        } else {
          const controller = new AbortController();
          const reason = new Error('aborted on purpose');
          systemClock.setTimer(random() * 20, () => controller.abort(reason));
          await maps
            .list({ signal: controller.signal })
            .page()
            .catch((error) => {
              if (error !== reason) throw error;
            });
        }
      } catch (error) {
        note(error);
        if (isKubeError(error) && error.httpStatus === 401) credentialsSeen++;
      }
      await sleep(random() * 50);
      while (resting && running) await sleep(50);
    }
  }

  async function harm() {
    while (running) {
      const bytes = Math.floor(random() * 30_000);
      await proxy.plan(
        pick([
          { kind: 'none' },
          { kind: 'none' },
          { kind: 'none' },
          { kind: 'none' },
          { kind: 'refuse' },
          { kind: 'reset-before' },
          { kind: 'reset-after', bytes },
          { kind: 'black-hole' },
          { kind: 'black-hole-after', bytes },
          { kind: 'black-hole-handshake' },
          { kind: 'cut-handshake' },
          { kind: 'drip', bytes: 1000 },
          { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
          { kind: 'answer', status: 500 },
          { kind: 'answer', status: 503 },
        ]),
      );
      proxy.requests.length = 0;
      for (let step = 0; step < 20 && running; step++) {
        await sleep(random() * 100);
        proxy.step(5000);
        if (random() < 0.02) proxy.cut();
        if (random() < 0.02) proxy.freeze();
      }
      if (random() < 0.2) await writeFile(token, pick(['token-one', 'token-two', 'wrong-token', 'token-three']));
    }
  }

  const workers = Promise.all([...clusters, ...clusters].map(work));
  const harming = harm();
  const end = Date.now() + minutes * 60_000;
  const samples = [];
  while (Date.now() < end) {
    await sleep(Math.min(30_000, end - Date.now()));
    samples.push({ ...memory(), sockets: sockets() });
    console.log(`${Math.round((end - Date.now()) / 1000)} s left: ${calls} calls, ${show(samples.at(-1))}`);
  }
  running = false;
  await Promise.all([workers, harming]);

  // Calm again: everything must work, and the caches must hold what the server holds.
  await proxy.plan({ kind: 'none' });
  await writeFile(token, 'token-one');
  let wrong = 0;
  for (const [index, cluster] of clusters.entries()) {
    let calm;
    for (let tries = 0; calm === undefined && tries < 50; tries++) {
      calm = await cluster
        .resource(ConfigMap)
        .in('soak')
        .list()
        .page()
        .catch(() => undefined);
      if (calm === undefined) await sleep(500);
    }
    if (calm === undefined) {
      wrong++;
      console.log(`handle ${index}: does not work again`);
      continue;
    }
    const expected = JSON.stringify(
      calm.items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort(),
    );
    let held = '';
    for (let tries = 0; tries < 400 && held !== expected; tries++) {
      held = JSON.stringify(
        informers[index].lister
          .list()
          .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
          .sort(),
      );
      if (held !== expected) await sleep(100);
    }
    if (held !== expected) wrong++;
    console.log(
      `handle ${index}: cache ${held === expected ? 'holds what the server holds' : 'DIFFERS from the server'}, ${show(informers[index].status())}`,
    );
  }
  for (const informer of informers) await informer[Symbol.asyncDispose]();
  for (const cluster of clusters) await cluster.close();
  await proxy[Symbol.asyncDispose]();
  server.stdin.end();
  await new Promise((resolve) => server.once('exit', resolve));
  for (let tries = 0; tries < 50 && sockets() > 0; tries++) await sleep(100);
  const after = { ...memory(), sockets: sockets() };
  await rm(folder, { recursive: true });
  const third = (from, to) => {
    const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to));
    return part.reduce((sum, { heapMiB }) => sum + heapMiB, 0) / Math.max(1, part.length);
  };
  console.log(
    `calls ${calls}, 401 seen by callers ${credentialsSeen}, errors ${JSON.stringify(Object.fromEntries([...errors].sort()))}`,
  );
  console.log(
    metrics
      .text()
      .split('\n')
      .filter((line) => /^rest_client_(requests|request_retries|exec)/.test(line))
      .join('\n'),
  );
  console.log(`before: ${show(baseline)}\nafter:  ${show(after)}, timers ${timers()}`);
  console.log(
    `heap while running, first and last third: ${third(0, 1 / 3).toFixed(1)} and ${third(2 / 3, 1).toFixed(1)} MiB`,
  );
  for (const error of strange.slice(0, 5)) console.log('STRANGE', error);
  const grown = after.heapMiB - baseline.heapMiB;
  const good = strange.length === 0 && wrong === 0 && after.sockets === 0 && grown < 20;
  console.log(
    good
      ? 'soak: well'
      : `soak: NOT well (strange ${strange.length}, wrong ${wrong}, sockets ${after.sockets}, heap grown by ${grown.toFixed(1)} MiB)`,
  );
  return good ? 0 : 1;
}
