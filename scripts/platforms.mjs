// Tries the packed package on each platform it supports: `npm run platforms`. Takes some minutes and needs the registry.
// Types: a program is compiled by each TypeScript. Runtimes: a client, a server and `keelson generate` run on each Node, Deno and Bun.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'keelson-platforms-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const suffix = `${process.platform}-${process.arch}`;

const compilers = ['5.9', '6', '7'];
const runtimes = [
  ...['20', '22', '24'].map((version) => ({
    name: `Node ${version}`,
    install: `node-${suffix}@${version}`,
    command: [`node_modules/node-${suffix}/bin/node`],
  })),
  { name: 'Deno', install: 'deno', command: ['node_modules/.bin/deno', 'run', '--allow-all'] },
  { name: 'Bun', install: 'bun', command: ['node_modules/bun/bin/bun.exe'] },
];

const types = `
  import { connect, type Stored } from 'keelson';
  import { Controller } from 'keelson/controller';
  import { ConfigMap, Node, Pod } from 'keelson/k8s';
  import { startServer } from 'keelson/server';
  export async function main(): Promise<void> {
    const cluster = await connect();
    const pod: Stored<Pod> = await cluster.resource(Pod).in('shop').get('web-0');
    // @ts-expect-error: a pod has no such field, so its type was really found
    console.log(pod.metadata.uid, pod.spec?.colour, (await cluster.resource(Node).get('n')).status?.phase);
    new Controller({ for: ConfigMap, reconcile: ({ object }) => void object.data?.k });
    await (await startServer()).close();
  }
`;

const program = `
  import { ConfigMap } from 'keelson/k8s';
  import { startServer } from 'keelson/server';
  const server = await startServer({ listen: true });
  const cluster = await server.connect();
  const informer = cluster.informer(ConfigMap, { namespace: 'default' });
  await informer.start();
  const maps = cluster.resource(ConfigMap).in('default');
  const { metadata } = await maps.create({ metadata: { name: 'a' }, data: { k: 'v' } });
  await informer.seen(metadata.resourceVersion);
  console.log(informer.lister.get('default/a').data.k);
  await informer.stop();
  await cluster.close();
  await server.close();
`;

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

let failures = 0;

function check(what, cwd, command, expected) {
  const [file, ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  const passed = error === undefined && status === 0 && (expected === undefined || stdout.trim() === expected);
  if (!passed) failures++;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${what}${passed ? '' : `\n${error ?? ''}${stdout}${stderr}`}`);
}

/** Makes a project with these packages beside keelson, by a plain `npm install`. */
function project(name, packages) {
  const folder = join(scratch, name.replaceAll(' ', '-'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', tarball, ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd: root, stdio: 'ignore' });
const tarball = join(
  scratch,
  readdirSync(scratch).find((file) => file.endsWith('.tgz')),
);

for (const version of compilers) {
  // openapi-typescript installs beside TypeScript 5 only; npx brings both for the others.
  const isFive = version.startsWith('5');
  const tools = isFive ? ['openapi-typescript@7'] : [];
  const folder = project(`TypeScript ${version}`, [`typescript@${version}`, '@types/node@20', ...tools]);
  const compilerOptions = { target: 'ES2022', lib: ['ES2022', 'ESNext.Disposable'], strict: true, noEmit: true };
  Object.assign(compilerOptions, { module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'] });
  writeFileSync(join(folder, 'program.ts'), types);
  writeFileSync(join(folder, 'widgets.json'), JSON.stringify(definition));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['program.ts', 'widgets'] }));
  check(`TypeScript ${version} generates types`, folder, [
    ...(isFive
      ? ['node_modules/.bin/keelson']
      : ['npx', '--yes', '--package=openapi-typescript@7', '--package=typescript@5.9', '--', 'keelson']),
    ...['generate', '--crd', 'widgets.json', '--out', 'widgets'],
  ]);
  check(`TypeScript ${version} compiles a program`, folder, ['node_modules/.bin/tsc', '-p', '.'], '');
}
for (const { name, install, command } of runtimes) {
  const folder = project(name, [install]);
  writeFileSync(join(folder, 'program.mjs'), program);
  check(`${name} runs client, informer and server`, folder, [...command, 'program.mjs'], 'v');
}
process.exitCode = failures === 0 ? 0 : 1;
