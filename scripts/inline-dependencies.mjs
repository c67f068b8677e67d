// Puts some dependencies into the compiled package as ES modules. undici, ws and yaml are CommonJS: in a bundle of ES modules a CommonJS
// module cannot call `require` for Node's own modules, so programs that use keelson could not be bundled without a workaround. lru-cache
// is installed in six forms, of which one is needed: 19 kB of 3.4 MB; of @noble/ciphers, one of many ciphers.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import resolve from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';

/** Each dependency or module of one, and the names that src/ takes from it. */
const dependencies = {
  '@noble/ciphers/salsa.js': ['secretbox'],
  'lru-cache': ['LRUCache'],
  undici: ['Agent', 'Pool', 'ProxyAgent', 'request'],
  ws: ['WebSocket', 'WebSocketServer'],
  yaml: ['LineCounter', 'isMap', 'isScalar', 'parse', 'parseAllDocuments', 'parseDocument', 'stringify', 'visit'],
};

const dist = new URL('../dist/', import.meta.url);
const vendor = new URL('vendor/', dist);
const isBuiltin = (id) => id.startsWith('node:') || builtinModules.includes(id);

for (const [module, names] of Object.entries(dependencies)) await bundle(module, names);
await useBundles(new URL('src/', dist));

/** `@scope/name/module.js` is in the package `@scope/name`. */
function packageOf(module) {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The name of a bundle's files, such as `undici` or `noble-ciphers`. */
function vendorName(module) {
  return packageOf(module).replace(/^@/, '').replace('/', '-');
}

async function bundle(module, names) {
  const name = packageOf(module);
  const version = JSON.parse(
    await readFile(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  ).version;
  const banner = `// ${name} ${version}, as an ES module. Its licence is in ${vendorName(module)}.LICENSE.`;
  const file = fileURLToPath(new URL(`${vendorName(module)}.js`, vendor));
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present.startsWith(`${banner}\n// exports ${names}\n`)) return;
  const build = await rollup({
    input: 'entry',
    external: isBuiltin,
    treeshake: { moduleSideEffects: (id) => !isBuiltin(id) },
    onwarn: ({ code, message }) => {
      if (code !== 'CIRCULAR_DEPENDENCY' && code !== 'THIS_IS_UNDEFINED') throw new Error(message);
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? id : undefined),
        load: (id) => (id === 'entry' ? `export { ${names.join(', ')} } from '${module}';` : undefined),
      },
      resolve({ preferBuiltins: true, exportConditions: ['node'] }),
      json(),
      // node:sqlite is missing in Node 20; undici asks for it only when its cache on disk is used.
      commonjs({ ignore: ['node:sqlite'], ignoreTryCatch: (id) => !isBuiltin(id) }),
    ],
  });
  await mkdir(vendor, { recursive: true });
  await build.write({ file, format: 'es', banner: `${banner}\n// exports ${names}`, compact: true });
  await build.close();
  const folder = new URL(`../node_modules/${name}/`, import.meta.url);
  const licence = (await readdir(folder)).find((file) => /^LICENSE(\.md)?$/.test(file)) ?? 'LICENSE';
  await copyFile(new URL(licence, folder), new URL(`${vendorName(module)}.LICENSE`, vendor));
}

/** Makes the compiled modules under `folder` import the bundles. */
async function useBundles(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  await Promise.all(
    files.map(async (file) => {
      const url = new URL(file, folder);
      const code = await readFile(url, 'utf8');
      const up = '../'.repeat(file.split(/[\\/]/).length);
      const changed = code.replaceAll(
        /(\bfrom |\bimport\()'(@noble\/ciphers\/salsa\.js|lru-cache|undici|ws|yaml)'/g,
        (_, before, module) => `${before}'${up}vendor/${vendorName(module)}.js'`,
      );
      if (changed !== code) await writeFile(url, changed);
    }),
  );
}
