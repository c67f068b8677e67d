import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import webpack from 'webpack';
import { bunMissing, bunPath } from './helpers/bun.js';
import { packageJson, ROOT } from './helpers/repo.js';
import { npm, run } from './helpers/run.js';

// The package as users get it: packed, installed into an empty folder, and used from there by Node and by the compiler.

const manifest = packageJson();
const scratch = mkdtempSync(join(tmpdir(), 'keelson-pack-'));
const consumer = join(scratch, 'consumer');
const installed = join(consumer, 'node_modules', manifest.name);
const require = createRequire(import.meta.url);
const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
let tarball = '';

beforeAll(async () => {
  await npm(['pack', '--pack-destination', scratch], ROOT);
  const [name = ''] = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
  tarball = join(scratch, name);
  await mkdir(consumer);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], consumer);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a program in the folder where the package is installed, and returns what it printed. */
async function node(file: string, code: string, flags: readonly string[] = []): Promise<string> {
  writeFileSync(join(consumer, file), code);
  const { exitCode, stdout, stderr } = await run(process.execPath, [...flags, file], consumer);
  if (exitCode !== 0) throw new Error(`${code}\nended with ${exitCode}:\n${stderr}`);
  return stdout.trim();
}

describe('the tarball', () => {
  it('holds what runs, its types, its facts and its papers, and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    const isWanted = (file: string) =>
      /^dist\/(src|generated)\/.+\.(js|d\.ts)$/.test(file) ||
      /^dist\/dashboard\/(index\.html|icon\.svg|LICENSES\.md|assets\/[\w-]+\.(js|css))$/.test(file) ||
      /^dist\/vendor\/(lru-cache|noble-ciphers|undici|ws|yaml)\.(js|LICENSE)$/.test(file);
    expect(files.filter((file) => !isWanted(file) && !papers.includes(file))).toEqual([]);
    const needed = [...papers, 'dist/src/index.js', 'dist/src/index.d.ts', 'dist/vendor/undici.js'];
    expect(needed.filter((file) => !files.includes(file))).toEqual([]);
    const sourceOf = (file: string) => join(ROOT, file.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
    const isOurs = (file: string) => file.endsWith('.js') && !/^dist\/(vendor|dashboard)\//.test(file);
    expect(files.filter((file) => isOurs(file) && !existsSync(sourceOf(file)))).toEqual([]);
  });

  it('is clean for publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, level: 'suggestion', strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  // `esm-only`: there is one copy of the code and of the types. CommonJS programs get it by `require` of an ES module, which is
  // tested below; for older resolution modes, which ignore "exports", there is nothing to find and no promise made.
  it('is clean for attw', async () => {
    const entries = Object.keys(manifest.exports).filter((key) => !key.includes('*') && key !== './package.json');
    const { exitCode, stdout } = await run(
      process.execPath,
      [
        join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js'),
        tarball,
        '--profile',
        'esm-only',
        '--no-emoji',
        '--no-color',
        '--no-definitely-typed',
        '--entrypoints',
        ...entries,
        'k8s/apps/v1',
      ],
      scratch,
    );
    expect(exitCode, stdout).toBe(0);
  });
});

describe('the installed package', () => {
  const names = Object.keys(manifest.exports)
    .filter((key) => key !== './package.json')
    .map((key) => manifest.name + key.slice(1).replace('*', 'apps/v1'));
  const expected = 'function pods Deployment function';

  it('can be imported by each of its names', async () => {
    const code = `
      for (const name of ${JSON.stringify(names)}) await import(name);
      const { connect } = await import('keelson');
      const { Pod } = await import('keelson/k8s');
      const { Deployment } = await import('keelson/k8s/apps/v1');
      const { startServer } = await import('keelson/server');
      console.log(typeof connect, Pod.plural, Deployment.kind, typeof startServer);
    `;
    expect(await node('imported.mjs', code)).toBe(expected);
  });

  it('reads and keeps protobuf where no code may be made from texts', async () => {
    const code = `
      import { ConfigMap } from 'keelson/k8s';
      import { startServer } from 'keelson/server';
      let forbidden = false;
      try { new Function(''); } catch { forbidden = true; }
      const server = await startServer();
      const cluster = await server.connect({ encoding: 'protobuf' });
      const maps = cluster.resource(ConfigMap).in('default');
      await maps.create({ metadata: { name: 'a' }, data: { k: 'v' } });
      const informer = cluster.informer(ConfigMap, { namespace: 'default' });
      await informer.start();
      console.log(forbidden, informer.lister.get('default/a').data.k, (await maps.get('a')).data.k);
      await informer.stop();
      await cluster.close();
      await server.close();
    `;
    expect(await node('no-code.mjs', code, ['--disallow-code-generation-from-strings'])).toBe('true v v');
  });

  it('has types of its own: they make no program compile those of its dependencies', () => {
    const seen = new Set<string>();
    const strangers: string[] = [];
    const walk = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
        if (specifier.startsWith('.')) walk(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')));
        else if (!isBuiltin(specifier)) strangers.push(`${file.slice(installed.length + 1)}: ${specifier}`);
      }
    };
    walk(join(installed, 'dist/src/index.d.ts'));
    walk(join(installed, 'dist/generated/index.d.ts'));
    expect(strangers).toEqual([]);
  });

  it('can be required where Node can require ES modules', async (context) => {
    const flag = '--experimental-require-module';
    const plain = 'require_module' in process.features;
    if (!plain && !process.allowedNodeEnvironmentFlags.has(flag))
      context.skip(`Node ${process.version} cannot require ES modules`);
    const code = `
      for (const name of ${JSON.stringify(names)}) require(name);
      const { connect } = require('keelson');
      const { Pod } = require('keelson/k8s');
      const { Deployment } = require('keelson/k8s/apps/v1');
      const { startServer } = require('keelson/server');
      console.log(typeof connect, Pod.plural, Deployment.kind, typeof startServer);
    `;
    expect(await node('required.cjs', code, plain ? [] : [flag])).toBe(expected);
  });

  it('carries a server that answers its client, facts and all', async () => {
    const shown = await node(
      'served.mjs',
      `
      import { startServer } from 'keelson/server';
      import { ConfigMap } from 'keelson/k8s';
      const server = await startServer();
      const cluster = await server.connect();
      const maps = cluster.resource(ConfigMap).in('default');
      await maps.create({ metadata: { name: 'greeting' }, data: { text: 'hello' } });
      console.log((await maps.get('greeting')).data.text);
      await cluster.close();
      await server.close(); // and the process ends by itself
      `,
    );
    expect(shown).toBe('hello');
  });

  it.skipIf(bunPath === undefined)(`watches and reconciles on Bun${bunMissing}`, async () => {
    const code = `
      import { Controller, Manager } from 'keelson/controller';
      import { ConfigMap } from 'keelson/k8s';
      import { startServer } from 'keelson/server';
      const server = await startServer({ listen: true });
      const cluster = await server.connect();
      const maps = cluster.resource(ConfigMap).in('default');
      await maps.create({ metadata: { name: 'large' }, data: { k: 'x'.repeat(500_000) } });
      const stop = new AbortController();
      const reconcile = ({ object }) => { if (object.metadata.name === 'last') stop.abort(); };
      const running = new Manager(cluster, { controllers: [new Controller({ for: ConfigMap, reconcile })] });
      const run = running.run({ signal: stop.signal });
      const informer = cluster.informer(ConfigMap, { namespace: 'default' });
      await informer.start();
      for (const name of ['a', 'b', 'last']) {
        const { metadata } = await maps.create({ metadata: { name }, data: { k: 'v' } });
        await informer.seen(metadata.resourceVersion);
      }
      await run;
      console.log(informer.lister.list().map(({ metadata }) => metadata.name).sort().join());
      await informer.stop();
      await cluster.close();
      await server.close();
    `;
    writeFileSync(join(consumer, 'on-bun.mjs'), code);
    const { exitCode, stdout, stderr } = await run(bunPath ?? '', ['on-bun.mjs'], consumer);
    expect([exitCode, stdout.trim(), stderr]).toEqual([0, 'a,b,large,last', '']);
  });

  it('brings the command keelson', async () => {
    const command = join(consumer, 'node_modules', '.bin', 'keelson');
    expect((await run(command, ['--version'], consumer)).stdout.trim()).toBe(manifest.version);
    expect((await run(command, ['no-such-command'], consumer)).exitCode).toBe(2);
  });

  it('names the optional packages that making types needs, when they are missing', async () => {
    const command = join(consumer, 'node_modules', '.bin', 'keelson');
    writeFileSync(join(consumer, 'widgets.json'), JSON.stringify(widgets));
    // npm adds the commands of this repository, beside which these packages are.
    const env = { ...process.env, PATH: dirname(process.execPath) };
    const args = ['generate', '--crd', 'widgets.json', '--out', 'out'];
    const { exitCode, stderr } = await run(command, args, consumer, env);
    expect(exitCode, stderr).not.toBe(0);
    expect(stderr).toMatch(/npm install --save-dev .*typescript/);
  });
});

// npx runs the command through npm's shell, which passes SIGTERM on to nobody.
describe('npx keelson serve', () => {
  it.each([
    ['kill', (child: ChildProcess) => child.kill('SIGTERM')],
    // A terminal sends Ctrl-C to the whole process group.
    ['Ctrl-C', (child: ChildProcess) => process.kill(-(child.pid ?? 0), 'SIGINT')],
  ])('ends the server with %s', async (_, stop) => {
    const env = { ...process.env, HOME: inject('realHome') };
    const args = ['keelson', 'serve', '--insecure-port=0'];
    const child = spawn('npx', args, { cwd: consumer, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const url = await new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(chunk))?.[0];
        if (found !== undefined) resolve(found);
      });
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    stop(child);
    // `close` comes when no process holds the output any more, the server included.
    await ended;
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
  });
});

describe('npx keelson up', () => {
  it('serves the dashboard that the package carries, below 1.2 MB', async () => {
    const env = { ...process.env, HOME: inject('realHome') };
    const command = join(consumer, 'node_modules', '.bin', 'keelson');
    const child = spawn(command, ['up', '--nodes', '1'], { cwd: consumer, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const [, url = '', code = ''] = await new Promise<string[]>((resolve) => {
      child.stdout.on('data', (chunk) => {
        const found = /dashboard is at (\S+), sign-in code (\S+)/.exec(String(chunk));
        if (found !== null) resolve([...found]);
      });
    });
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const [script = ''] = /\/assets\/[\w-]+\.js/.exec(await page.text()) ?? [];
    expect((await fetch(`${url}${script}`)).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const signedIn = await fetch(`${url}/session`, { method: 'POST', body: code });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await (await fetch(`${url}/contexts`, { headers: { cookie } })).json()).toEqual({
      contexts: [{ name: 'keelson', namespace: 'default' }],
    });
    child.kill('SIGTERM');
    await ended;
    const folder = join(installed, 'dist/dashboard/assets');
    expect(readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)).toBeLessThan(
      1_200_000,
    );
  });
});

const widgets = {
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

describe("a user's program", () => {
  const program = `
    import { connect, isNotFound, mergePatch, type Stored } from 'keelson';
    import { Deployment, Pod } from 'keelson/k8s';
    import { Deployment as AppsDeployment } from 'keelson/k8s/apps/v1';
    import { startServer } from 'keelson/server';
    import { generate } from 'keelson/codegen';

    await using server = await startServer();
    const cluster = await connect({ server: 'http://127.0.0.1:8080' });
    const pod: Stored<Pod> = await cluster.resource(Pod).in('shop').get('web-0');
    const uid: string = pod.metadata.uid;
    const web = await cluster.resource(Deployment).in('shop').patch('web', mergePatch({ spec: { replicas: 3 } }));
    const replicas: number | undefined = web.spec?.replicas;
    console.log(uid, replicas, AppsDeployment.kind, typeof generate, isNotFound(new Error('x')), typeof server);
    // @ts-expect-error: a pod has no such field, so its type was really found
    console.log(pod.spec?.colour);
  `;
  const modes = [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ] as const;

  it.each(modes)('compiles with module %s and moduleResolution %s', async (module, moduleResolution) => {
    const types = join(consumer, 'node_modules', '@types');
    await mkdir(types, { recursive: true });
    if (!existsSync(join(types, 'node')))
      symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(types, 'node'));
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2022', 'ESNext.Disposable'],
      strict: true,
      module,
      moduleResolution,
      types: ['node'],
    };
    writeFileSync(join(consumer, 'program.ts'), program);
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, noEmit: true }, files: ['program.ts'] }),
    );
    const { stdout } = await run(bin('tsc'), ['-p', '.'], consumer);
    expect(stdout).toBe('');
  });
});

// Bundlers carry modules. What a package reads from files, or takes from CommonJS dependencies, gets lost on the way.
describe('a bundled program', () => {
  const program = `
    import { Controller } from 'keelson/controller';
    import { ConfigMap } from 'keelson/k8s';
    import { startServer } from 'keelson/server';
    async function main() {
      const server = await startServer();
      const cluster = await server.connect({ encoding: 'protobuf' });
      const stop = new AbortController();
      const controller = new Controller({
        for: ConfigMap,
        reconcile: ({ key }) => { if (key === 'default/b') stop.abort(); },
      });
      const running = controller.run(cluster, { signal: stop.signal });
      const text = 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: b, namespace: default }\\ndata: { k: v }\\n';
      await cluster.apply(text, { manager: 'bundle' });
      await running;
      const informer = cluster.informer(ConfigMap, { namespace: 'default' });
      await informer.start();
      console.log('informed of', informer.lister.get('default/b').data.k);
      await informer.stop();
      await cluster.close();
      await server.close();
    }
    main();
  `;
  const elsewhere = join(scratch, 'bundles');
  const entry = join(consumer, 'bundled.js');
  beforeAll(() => writeFileSync(entry, program));

  /** Runs a bundle where no package is installed. */
  async function runs(file: string): Promise<void> {
    const { exitCode, stdout, stderr } = await run(process.execPath, [join(elsewhere, file)], elsewhere);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'informed of v\n', stderr: '' });
  }

  it.each([
    ['esm', 'esbuild.mjs'],
    ['cjs', 'esbuild.cjs'],
  ] as const)('runs when esbuild made it, format %s', async (format, file) => {
    const outfile = join(elsewhere, file);
    const { warnings } = await esbuild({ entryPoints: [entry], bundle: true, platform: 'node', format, outfile });
    expect(warnings).toEqual([]);
    await runs(file);
  });

  it('runs when Rollup made it', async () => {
    const build = await rollup({
      input: entry,
      plugins: [nodeResolve({ preferBuiltins: true })],
      onwarn: ({ code, message, id }) => {
        if (code !== 'CIRCULAR_DEPENDENCY' && !id?.includes('zod')) throw new Error(message);
      },
    });
    await build.write({ dir: join(elsewhere, 'rollup'), entryFileNames: 'main.mjs', chunkFileNames: '[hash].mjs' });
    await build.close();
    await runs('rollup/main.mjs');
  });

  it('runs when webpack made it', async () => {
    const compiler = webpack({
      entry,
      target: 'node',
      mode: 'production',
      optimization: { minimize: false },
      output: { path: join(elsewhere, 'webpack'), filename: 'main.cjs', chunkFormat: 'commonjs' },
    });
    const problems = await new Promise((resolve, reject) =>
      compiler?.run((error, stats) =>
        error === null ? resolve(stats?.toString({ all: false, errors: true, warnings: true })) : reject(error),
      ),
    );
    expect(problems).toBe('');
    await runs('webpack/main.cjs');
  });
});
