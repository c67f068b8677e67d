// Runs an example straight from the sources, without a build: `npm start`. `npm run dev -- FILE` runs any program and restarts it when a
// source changes.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const watches = given.includes('--watch');
const rest = given.filter((argument) => argument !== '--watch');
const program = rest[0]?.endsWith('.ts') ? rest.shift() : 'examples/live-view.ts';

console.log(`\n  keelson: starting ${program} …`);
const child = spawn(
  process.execPath,
  [
    fileURLToPath(import.meta.resolve('tsx/cli')),
    ...(watches ? ['watch'] : []),
    '--tsconfig',
    'tsconfig.dev.json',
    program,
    ...rest,
  ],
  { cwd: root, stdio: 'inherit' },
);
// Ctrl-C reaches the child by itself; a signal to this process alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
