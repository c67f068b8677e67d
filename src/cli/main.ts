#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { systemClock } from '../util/clock.js';
import { UsageError } from './usage-error.js';

/** One command: loaded when it is asked for, so that none pays for another. */
interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ run(args: string[]): Promise<number | undefined> }>;
}

const commands: { readonly [name: string]: Command } = {
  generate: {
    summary: 'make types from an OpenAPI description',
    load: async () => ({ run: (await import('./generate.js')).generate }),
  },
  crd: {
    summary: 'print the definitions of your own kinds, or compare them with a cluster',
    load: async () => ({ run: (await import('./crd.js')).crd }),
  },
  'controller-manager': {
    summary: 'run the controllers of workloads',
    load: () => import('./controller-manager.js'),
  },
  dashboard: { summary: 'serve a web page for the clusters of the kubeconfig', load: () => import('./dashboard.js') },
  kubelet: { summary: 'run a node of a cluster', load: () => import('./kubelet.js') },
  proxy: {
    summary: 'let programs on this machine reach a cluster, as kubectl proxy does',
    load: () => import('./proxy.js'),
  },
  scheduler: { summary: 'assign pods to nodes', load: () => import('./scheduler.js') },
  serve: { summary: 'run a Kubernetes API server', load: () => import('./serve.js') },
  up: { summary: 'run a whole cluster in one process', load: () => import('./up.js') },
  snapshot: { summary: 'back up and restore the data folder of a server', load: () => import('./snapshot.js') },
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`keelson: there is no command '${name}'\n\n${usage()}`);
    return 2;
  }
  const { run } = await command.load();
  return (await run(rest)) ?? 0;
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(20)}${summary}\n`);
  return `Usage: keelson COMMAND [flags]\n\n${lines.join('')}\n'keelson COMMAND --help' says more about one; 'keelson --version' prints the version.\n`;
}

/** The version in the package's own package.json: two folders up from the sources, three from what is built of them. */
async function version(): Promise<string> {
  for (const up of ['../../package.json', '../../../package.json']) {
    const text = await readFile(new URL(up, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version;
  }
  return 'unknown';
}

/** The process of a server ends at most so many milliseconds after the server. */
const lingerMs = 5_000;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`keelson: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// A connection that somebody holds open does not keep a server alive that has ended.
if (['serve', 'dashboard', 'kubelet', 'proxy'].includes(process.argv[2] ?? ''))
  systemClock.setTimer(lingerMs, () => process.exit());
