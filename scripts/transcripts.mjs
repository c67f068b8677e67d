/**
 * Holds `keelson serve` against recorded conversations with a real kube-apiserver. Cases that fail must stand in
 * test/open-transcripts.json with a reason each, and what stands there must fail: the list can neither hide a new fault nor
 * outlive the old one.
 *
 *   npm run transcripts                  all areas
 *   npm run transcripts -- crud watch    some areas; -v shows every difference
 *
 * KEELSON_TEST_STORAGE=durable keeps the objects in a data folder instead of in memory, and =etcd in the etcd at KEELSON_TEST_ETCD.
 *
 * Needs a built package. The conversations lie in test/fixtures/transcripts, one compressed file an area.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixtures = join(root, 'test/fixtures/transcripts');
const open = JSON.parse(readFileSync(join(root, 'test/open-transcripts.json'), 'utf8'));
const args = process.argv.slice(2);
const verbose = args.includes('-v');
const wanted = args.filter((arg) => !arg.startsWith('-'));

/** As many servers as this, each with areas of its own: most of the time goes into watches that have to end by themselves. */
const servers = 4;
/** The areas that wait longest go first. */
const slowest = ['watch', 'policy', 'quota', 'list', 'crd'];

const unreasoned = Object.entries(open).filter(([, reason]) => typeof reason !== 'string' || reason.trim() === '');
if (unreasoned.length > 0) throw new Error(`without a reason: ${unreasoned.map(([name]) => name).join(', ')}`);

/** The conversations of each area, by name. */
const recorded = new Map(
  readdirSync(fixtures)
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => [file.replace('.json.gz', ''), JSON.parse(gunzipSync(readFileSync(join(fixtures, file))))]),
);
const areas = [...recorded.keys()]
  .filter((area) => wanted.length === 0 || wanted.includes(area))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

function rank(area) {
  const at = slowest.indexOf(area);
  return at < 0 ? slowest.length : at;
}

const results = [];
const folder = await mkdtemp(join(tmpdir(), 'keelson-transcripts-'));
try {
  const tokens = join(folder, 'tokens.csv');
  await writeFile(tokens, 'admin-token,admin,admin-uid,"system:masters"\nuser-token,jane,jane-uid,"dev"\n', {
    mode: 0o600,
  });
  for (const area of areas) {
    await mkdir(join(folder, area));
    for (const [name, conversation] of Object.entries(recorded.get(area)))
      await writeFile(join(folder, area, `${name}.json`), JSON.stringify(conversation));
  }
  const queue = [...areas];
  await Promise.all(Array.from({ length: Math.min(servers, areas.length) }, (_, at) => judge(queue, tokens, at)));
  // Watches of one second can be too short for a busy machine: what fails unexpectedly is asked once more, with nothing beside it.
  const again = surprises().map((one) => one.case);
  if (again.length > 0) await judge(again, tokens, 'again');
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = report() ? 0 : 1;

/** One server, and the areas it takes from the queue. */
async function judge(queue, tokens, at) {
  const kubeconfig = join(folder, `kubeconfig-${at}`);
  const flags = ['--secure-port', '0', '--controllers=-*', '--token-auth-file', tokens, '--kubeconfig-out', kubeconfig];
  flags.push(...storageFlags(at));
  const server = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const url = await readyAt(server);
    await forgetBeginning();
    for (let area = queue.shift(); area !== undefined; area = queue.shift()) await replay(url, area);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** The recorded server had been up for a while, and its etcd had compacted its first revisions. */
async function forgetBeginning() {
  if (process.env.KEELSON_TEST_STORAGE !== 'etcd') return;
  const body = JSON.stringify({ revision: 2 });
  // A second server finds that it is done.
  await (await fetch(`${process.env.KEELSON_TEST_ETCD}/v3/kv/compaction`, { method: 'POST', body })).text();
}

/** The flags of the store that KEELSON_TEST_STORAGE names, with nothing in it. */
function storageFlags(at) {
  const storage = process.env.KEELSON_TEST_STORAGE ?? 'memory';
  if (storage === 'memory') return [];
  if (storage === 'durable') return ['--data-dir', join(folder, `data-${at}`)];
  if (storage === 'etcd')
    return ['--etcd-servers', process.env.KEELSON_TEST_ETCD, '--etcd-prefix', `/transcripts-${process.pid}-${at}`];
  throw new Error(`there is no store '${storage}': KEELSON_TEST_STORAGE is memory, durable or etcd`);
}

function readyAt(server) {
  return new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const url = /https:\/\/\S+?:\d+/.exec(line)?.[0];
      if (url !== undefined) resolve(url);
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`keelson serve ended with ${code}`)));
  });
}

/** Replays an area, or one case (`area/name`) in place of what it came to before. */
async function replay(url, what) {
  const [area, name] = what.split('/');
  const command = [join(root, 'scripts/replay.mjs'), '--server', url, '--token', 'admin-token'];
  command.push('--user', 'jane=user-token', '--insecure', '--json', join(folder, area));
  if (name !== undefined) command.push('--case', what);
  const tool = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => tool.once('exit', resolve).once('error', reject));
  for await (const line of createInterface({ input: tool.stdout })) {
    if (!line.startsWith('{')) continue;
    const result = { area, ...JSON.parse(line) };
    const before = results.findIndex((one) => one.case === result.case);
    if (before >= 0) results[before] = result;
    else results.push(result);
  }
  await ended;
  const count = Object.keys(recorded.get(area)).length;
  if (results.filter((result) => result.area === area).length !== count)
    throw new Error(`${area} was not replayed whole`);
}

/** What fails although the list says nothing of it. */
function surprises() {
  return results.filter((one) => one.result === 'FAIL' && !(one.case in open));
}

/** Prints what came out, and whether it is what the list says. */
function report() {
  const failed = results.filter(({ result }) => result === 'FAIL');
  const worded = results.filter(({ result }) => result === 'MESSAGE');
  for (const area of [...areas].sort()) {
    const of = (list) => String(list.filter((one) => one.area === area).length).padStart(3);
    console.log(`${area.padEnd(16)} cases ${of(results)}  wording ${of(worded)}  failed ${of(failed)}`);
  }
  const unexpected = surprises();
  const solved = results.filter((one) => one.result !== 'FAIL' && one.case in open);
  const gone = Object.keys(open).filter((name) => !isRecorded(name));
  for (const one of verbose ? [...worded, ...failed] : unexpected) show(one);
  for (const { case: name } of solved) console.log(`passes, so it belongs off the list of open cases: ${name}`);
  for (const name of gone) console.log(`on the list of open cases, but nowhere recorded: ${name}`);
  const total = results.length;
  console.log(
    `${total - failed.length} passed (${worded.length} in other words), ${failed.length} failed, of these ${failed.length - unexpected.length} known`,
  );
  return unexpected.length + solved.length + gone.length === 0;
}

function isRecorded(name) {
  const [area, conversation] = name.split('/');
  return Object.hasOwn(recorded.get(area) ?? {}, conversation);
}

function show({ case: name, result, diffs }) {
  console.log(`${result.padEnd(8)}${name}`);
  const differences = diffs.filter(({ level }) => verbose || level === 'behaviour');
  for (const { step, at, recorded, actual } of verbose ? differences : differences.slice(0, 4)) {
    console.log(`  ${step} at ${at}\n    recorded ${brief(recorded)}\n    got      ${brief(actual)}`);
  }
}

function brief(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 && !verbose ? `${text.slice(0, 300)} …` : text;
}
