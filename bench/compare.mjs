// What a change costs: the working tree against another revision, in turn, in one run on one machine.
//
//   npm run bench -- compare REV [options]
//
//   REV                     a revision of git, which is built in a scratch folder, or a folder with a checkout that is built already
//   --subjects a,b          of import, sync, updates, watcher, reconcile, create, patch, get, list (default all)
//   --rounds 9              how often each subject runs on each side
//   --objects 3000          the objects that informers, watchers and lists read
//   --built                 the working tree is built already
//   --most 1.1              fail if a subject takes more than this many times the processor time, in three rounds of four
//   --markdown              a table in Markdown
//
// Every figure is processor time of a process of its own, all threads included. A round runs each subject on both sides, one after the
// other, and takes turns in who begins. The ratio of a subject is the median of the ratios of its rounds; the spread is the middle half
// of them. A ratio whose spread contains 1 is noise.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run, start } from './server/process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = (name) => fileURLToPath(new URL(`compare/${name}.mjs`, import.meta.url));
const subjects = ['import', 'sync', 'updates', 'watcher', 'reconcile', 'create', 'patch', 'get', 'list'];
/** The subjects that follow changes, which come from memory. */
const following = new Set(['updates', 'watcher', 'reconcile']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    subjects: { type: 'string', default: subjects.join() },
    rounds: { type: 'string', default: '9' },
    objects: { type: 'string', default: '3000' },
    built: { type: 'boolean', default: false },
    most: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});
const [revision] = positionals;
const wanted = values.subjects.split(',');
const unknown = wanted.filter((subject) => !subjects.includes(subject));
if (revision === undefined || unknown.length > 0) {
  console.error(
    revision === undefined
      ? 'cannot compare: no revision is given. Name one, such as origin/main.'
      : `cannot compare ${unknown.join()}: the subjects are ${subjects.join(', ')}.`,
  );
  process.exit(2);
}

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const scratch = await mkdtemp(join(tmpdir(), 'keelson-compare-'));
const old = await oldCheckout();
let server;
try {
  if (!values.built) build(root);
  // One server for both sides.
  if (wanted.includes('sync')) server = await start([script('pods'), root, values.objects]);
  const ratios = new Map(wanted.map((subject) => [subject, []]));
  const costs = new Map(wanted.map((subject) => [subject, { before: [], after: [] }]));
  // The first round meets cold caches of the disk, and does not count.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const subject of wanted) {
      const sides = round % 2 === 0 ? ['before', 'after'] : ['after', 'before'];
      const cost = {};
      for (const side of sides) cost[side] = await measure(subject, side === 'before' ? old : root);
      if (round === 0) continue;
      ratios.get(subject).push(cost.after / cost.before);
      for (const side of sides) costs.get(subject)[side].push(cost[side]);
    }
    console.error(`round ${round} of ${values.rounds}`);
  }
  report(ratios, costs);
} finally {
  await server?.stop();
  if (old.startsWith(scratch)) git('worktree', 'remove', '--force', old);
  await rm(scratch, { recursive: true, force: true });
}

/** Microseconds of processor time per unit of a subject's work. */
async function measure(subject, checkout) {
  const args = following.has(subject)
    ? [script('changes'), checkout, subject]
    : subject === 'sync'
      ? [script('sync'), checkout, server.line]
      : [script('serve'), checkout, subject];
  return (await run([...args, values.objects])).micros;
}

/** Returns a built checkout of the other revision. */
async function oldCheckout() {
  if (existsSync(revision) && statSync(revision).isDirectory()) {
    const folder = resolve(revision);
    if (existsSync(join(folder, 'dist/src/index.js'))) return folder;
    throw new Error(`cannot compare with ${revision}: it has no dist/src. Build it first, or name a revision.`);
  }
  const folder = join(scratch, 'before');
  git('worktree', 'add', '--quiet', '--detach', folder, revision);
  const locked = (from) => git('rev-parse', `${from}:package-lock.json`);
  // The same dependencies need no second installation.
  if (locked(revision) === git('hash-object', 'package-lock.json'))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  else
    execFileSync('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit', shell: true });
  build(folder);
  return folder;
}

/** Builds what the subjects import: the package without the dashboard's page. */
function build(folder) {
  const node = (...args) => execFileSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 2, 2] });
  node(join(folder, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json');
  node('scripts/inline-facts.mjs');
  node('scripts/inline-dependencies.mjs');
}

function report(ratios, costs) {
  const rows = wanted.map((subject) => {
    const sorted = ratios.get(subject).toSorted((a, b) => a - b);
    const { before, after } = costs.get(subject);
    return {
      subject,
      'before µs': middle(before.toSorted((a, b) => a - b)),
      'after µs': middle(after.toSorted((a, b) => a - b)),
      ratio: quantile(sorted, 0.5),
      low: quantile(sorted, 0.25),
      high: quantile(sorted, 0.75),
    };
  });
  if (values.markdown) {
    const names = Object.keys(rows[0]);
    const line = (cells) => `| ${cells.join(' | ')} |`;
    console.log([line(names), line(names.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n'));
  } else console.table(rows);
  const most = Number(values.most ?? Infinity);
  const slower = rows.filter(({ low }) => low > most);
  if (slower.length === 0) return;
  console.error(`slower than ${most} times: ${slower.map(({ subject, ratio }) => `${subject} (${ratio})`).join(', ')}`);
  process.exitCode = 1;
}

function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return Number((below + (above - below) * (at % 1)).toFixed(3));
}

function middle(sorted) {
  return Number(quantile(sorted, 0.5).toFixed(1));
}
