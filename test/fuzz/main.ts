import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/util/random.js';
import { readCorpus } from './corpus.js';
import { type Finding, fuzz } from './fuzz.js';
import { forkTarget, serveTarget } from './remote-target.js';

/** `npm run fuzz -- --seed N --requests M`: prints every finding and its request; ends with 1 when there is one. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, requests: { type: 'string', default: '20000' }, target: { type: 'boolean' } },
  });
  if (values.target === true) {
    await serveTarget();
    return new Promise(() => {});
  }
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const requests = Number(values.requests);
  if (!Number.isInteger(seed) || !Number.isInteger(requests)) {
    throw new Error(`cannot fuzz with seed '${values.seed}' and ${values.requests} requests: give whole numbers`);
  }
  console.log(`fuzz: seed ${seed}, ${requests} requests, node ${process.version}`);
  const started = Date.now();
  const target = await forkTarget(fileURLToPath(import.meta.url));
  const { findings, statuses, memory } = await fuzz({
    target,
    corpus: readCorpus(),
    random: seededRandom(seed),
    requests,
    onProgress: (sent) => {
      if (sent % 10_000 === 0) console.log(`${sent} sent, ${Math.round((Date.now() - started) / 1_000)} s`);
    },
  });
  await target.close();
  for (const finding of findings) console.log(shown(finding));
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'none'}: ${count}`);
  console.log(`answers: ${counts.join(', ')}`);
  console.log(`memory: ${memory.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(' to ')}`);
  console.log(`${findings.length} findings in ${Math.round((Date.now() - started) / 1_000)} s`);
  return findings.length === 0 ? 0 : 1;
}

function shown({ kind, detail, request }: Finding): string {
  if (request === undefined) return `${kind}: ${detail}`;
  const { method, path, headers, body } = request;
  const text = body === undefined ? '' : ` ${JSON.stringify(Buffer.from(body).toString('latin1').slice(0, 3_000))}`;
  return `${kind}: ${detail}\n  ${method} ${path} ${JSON.stringify(headers)}${text}`;
}

process.exitCode = await main();
