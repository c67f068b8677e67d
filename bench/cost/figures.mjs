import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { write } from './programs.mjs';

const run = promisify(execFile);

/** How often each program runs. A compiler run takes seconds, so there are fewer. */
const ROUNDS = 15;
const COMPILER_ROUNDS = 5;

/** Measures everything: raw medians by program, before any comparison. */
export async function gather(folders, say) {
  await write(folders);
  const server = spawn(process.execPath, [fileURLToPath(new URL('./server.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(server.stdout, 'data');
    const env = { ...process.env, KUBECONFIG: await kubeconfig(folders.scratch, Number(port)) };
    const at = (node, folder, file) => () => report(node, [join(folder, file)], folder, env);
    say('importing, and asking for a pod …');
    const started = await interleave(ROUNDS, {
      empty: at(folders.node24, folders.ours, 'empty.mjs'),
      ours: at(folders.node24, folders.ours, 'import.mjs'),
      theirs: at(folders.node24, folders.theirs, 'import.mjs'),
      oursGet: at(folders.node24, folders.ours, 'get.mjs'),
      theirsGet: at(folders.node24, folders.theirs, 'get.mjs'),
      emptyAtHand: at(process.execPath, folders.ours, 'empty.mjs'),
      oursAtHand: at(process.execPath, folders.ours, 'import.mjs'),
      oursGetAtHand: at(process.execPath, folders.ours, 'get.mjs'),
    });
    say('compiling …');
    const compiled = await interleave(COMPILER_ROUNDS, {
      oursCompile: () => compile(folders.node24, folders.tsc, folders.ours),
      theirsCompile: () => compile(folders.node24, folders.tsc, folders.theirs),
    });
    return { ...started, ...compiled, size: folders.bytes };
  } finally {
    server.kill();
  }
}

/** One row per figure: ours, theirs, the ratio, the budget and whether it is missed. */
export function compare(figures) {
  const {
    empty,
    ours,
    theirs,
    oursGet,
    theirsGet,
    emptyAtHand,
    oursAtHand,
    oursGetAtHand,
    oursCompile,
    theirsCompile,
    size,
  } = figures;
  const row = (figure, unit, our, their, budget = {}) => {
    const ratio = their === undefined ? undefined : our / their;
    const missed = ratio > budget.ratio || our > budget.most;
    return { figure, unit, ours: our, theirs: their, ratio, budget, missed };
  };
  return [
    row('import: time', 'ms', ours.ms - empty.ms, theirs.ms - empty.ms, { ratio: 0.25 }),
    row('import: resident memory', 'MiB', mib(ours.bytes - empty.bytes), mib(theirs.bytes - empty.bytes), {
      ratio: 0.25,
    }),
    row('process start to first answered GET', 'ms', oursGet.ms, theirsGet.ms, { ratio: 1 }),
    row('… its memory', 'MiB', mib(oursGet.bytes), mib(theirsGet.bytes), { ratio: 1 }),
    row('… less an empty process', 'ms', oursGet.ms - empty.ms, theirsGet.ms - empty.ms),
    row('tsc --noEmit: time', 's', oursCompile.seconds, theirsCompile.seconds, { ratio: 0.7 }),
    row('tsc --noEmit: memory', 'MB', oursCompile.megabytes, theirsCompile.megabytes, { ratio: 0.7 }),
    // Missed: client-node's types have no parameters, so it counts next to none, while ours know scope and subresources.
    row('tsc --noEmit: instantiations', '', oursCompile.instantiations, theirsCompile.instantiations, { ratio: 0.7 }),
    row('installed, with dependencies', 'MB', size.ours / 1e6, size.theirs / 1e6, { most: 15 }),
    row('import: time, Node at hand', 'ms', oursAtHand.ms - emptyAtHand.ms),
    row('import: resident memory, Node at hand', 'MiB', mib(oursAtHand.bytes - emptyAtHand.bytes)),
    row('first answered GET, Node at hand', 'ms', oursGetAtHand.ms),
  ];
}

const mib = (bytes) => bytes / 2 ** 20;

/** Runs every program in turn, round after round, so that whatever else the machine does falls on all; medians by field. */
async function interleave(rounds, programs) {
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const result = await program();
      if (round > 0) results[name].push(result); // the first only warms the file system
    }
  }
  return Object.fromEntries(Object.entries(results).map(([name, list]) => [name, medians(list)]));
}

function medians(list) {
  const fields = Object.keys(list[0]).map((field) => {
    const sorted = list.map((result) => result[field]).sort((a, b) => a - b);
    return [field, sorted[Math.floor(sorted.length / 2)]];
  });
  return Object.fromEntries(fields);
}

/** Runs a program that ends by printing its time since process start and its resident memory. */
async function report(node, args, cwd, env) {
  const { stdout } = await run(node, args, { cwd, env });
  return JSON.parse(stdout);
}

async function compile(node, tsc, folder) {
  const { stdout } = await run(node, [tsc, '-p', 'compile', '--extendedDiagnostics'], { cwd: folder }).catch(
    (error) => {
      throw new Error(`the program in ${folder} does not compile:\n${error.stdout}`);
    },
  );
  const figure = (name) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1]);
  return {
    seconds: figure('Total time'),
    megabytes: figure('Memory used') / 1000,
    instantiations: figure('Instantiations'),
  };
}

async function kubeconfig(scratch, port) {
  const path = join(scratch, 'kubeconfig');
  // client-node speaks plain HTTP only where it is told not to verify TLS.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: {} }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}
