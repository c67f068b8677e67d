import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clockUses } from './helpers/clock-uses.js';
import { type ImportLine, importsOf, packageOf } from './helpers/imports.js';
import { filesUnder, packageJson, ROOT, readRepoFile } from './helpers/repo.js';

/**
 * The rooms from the ground up, each with the rooms that it may import. Imports go one way: a room never imports one that is
 * not in its list, and files never import each other in a ring.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  util: [],
  meta: ['util'],
  x509: [],
  errors: ['meta', 'util'],
  config: ['errors', 'meta', 'util'],
  transport: ['config', 'errors', 'meta', 'util'],
  wire: ['errors', 'meta', 'util'],
  'stream-codec': ['util'],
  streams: ['stream-codec', 'transport', 'config', 'errors', 'meta', 'util'],
  client: ['streams', 'wire', 'transport', 'config', 'errors', 'meta', 'util'],
  cache: ['client', 'wire', 'transport', 'config', 'errors', 'meta', 'util'],
  sdk: ['cache', 'client', 'streams', 'wire', 'transport', 'config', 'errors', 'meta', 'util'],
  queue: ['util'],
  controller: ['sdk', 'cache', 'queue', 'client', 'wire', 'transport', 'config', 'errors', 'meta', 'util'],
  crd: ['sdk', 'client', 'errors', 'meta', 'util'],
  cluster: [
    ...['generated', 'controller', 'crd', 'sdk', 'cache', 'queue', 'client', 'streams', 'stream-codec'],
    ...['transport', 'config', 'errors', 'x509', 'meta', 'util'],
  ],
  cel: ['meta', 'util'],
  patch: ['meta', 'util'],
  server: ['generated', 'cel', 'patch', 'wire', 'stream-codec', 'queue', 'x509', 'meta', 'util'],
  codegen: ['meta', 'util'],
  browser: ['meta', 'util'],
  gateway: [
    ...[
      'generated',
      'browser',
      'sdk',
      'cache',
      'queue',
      'client',
      'streams',
      'transport',
      'config',
      'errors',
      'meta',
      'util',
    ],
  ],
  proxy: ['transport', 'config', 'errors', 'util'],
  dashboard: ['generated', 'proxy', 'sdk', 'client', 'streams', 'transport', 'config', 'errors', 'util'],
  generated: ['meta'],
};

/**
 * The folders of the server from the ground up, each with the folders that it may import, type imports included. Files at the top of
 * the server put the folders together.
 */
const SERVER_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  features: [],
  'go-text': [],
  openapi: [],
  storage: [],
  tokens: [],
  object: ['features', 'go-text', 'storage', 'tokens'],
  http: ['object'],
  audit: ['http', 'object'],
  faults: ['http', 'object'],
  policy: ['object'],
  table: ['object'],
  scheme: ['go-text', 'http', 'object', 'storage'],
  authn: ['scheme', 'object'],
  authz: ['scheme', 'http', 'object', 'storage'],
  discovery: ['scheme', 'http', 'openapi', 'object', 'tokens'],
  outbound: ['scheme', 'http', 'object'],
  validation: ['scheme', 'object', 'go-text'],
  bootstrap: ['authz', 'object'],
  custom: ['validation', 'outbound', 'scheme', 'table', 'object', 'go-text'],
  kinds: ['bootstrap', 'custom', 'validation', 'authz', 'scheme', 'policy', 'http', 'object', 'go-text', 'table'],
  encoding: ['kinds', 'scheme', 'http', 'object', 'storage'],
  admission: ['kinds', 'validation', 'outbound', 'scheme', 'policy', 'http', 'object', 'storage'],
  verbs: [
    ...['admission', 'kinds', 'custom', 'validation', 'encoding', 'authn', 'authz', 'outbound', 'scheme', 'http'],
    ...['object', 'storage', 'go-text'],
  ],
  proxy: ['verbs', 'outbound', 'scheme', 'http', 'object', 'go-text'],
  controllers: ['verbs', 'admission', 'bootstrap', 'custom', 'scheme', 'http', 'object', 'storage'],
  flowcontrol: ['controllers', 'verbs', 'authz', 'scheme', 'object'],
  aggregation: ['controllers', 'proxy', 'verbs', 'custom', 'outbound', 'scheme', 'http', 'object', 'storage'],
};

/** May import everything but each other: they put the rooms together. */
const ROOFS = ['testing', 'cli'];

/** Files of a room that may also import other rooms: they put rooms together. */
const MORE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/cluster/start-cluster.ts': ['server'],
  'src/server/local-server.ts': ['sdk', 'errors'],
  'src/server/handler-transport.ts': ['transport', 'errors'],
  'src/server/faults/faults.ts': ['errors'],
  'src/server/faults/faulty-watch.ts': ['errors'],
};

/** Upward `import type` lines that are allowed, each with its reason: `'src/a.ts -> src/b.ts': 'why'`. */
const UPWARD_TYPES: Readonly<Record<string, string>> = {};

/** The packages that are loaded on use, never by importing an entry point. */
const NEVER_AT_IMPORT = [
  '@noble/ciphers',
  'undici',
  'ws',
  're2js',
  'zod',
  'yaml',
  'oauth4webapi',
  'jose',
  'openapi-typescript',
  'typescript',
];

/** Entry points of programs that connect to a cluster: importing them must stay cheap. */
const LIGHT_ENTRY_POINTS = ['src/index.ts', 'generated/index.ts'];

/** Files with a variable that outlives a call, each with its reason. Servers and clusters in one process must not meet. */
const MODULE_STATE: Readonly<Record<string, string>> = {
  'src/wire/protobuf/transcode.ts': 'one scratch tape for all: encoding never gives way to other code',
};

const MOST_LINES = 500;

const sources = filesUnder('src', '.ts');
const generated = existsSync(join(ROOT, 'generated')) ? filesUnder('generated', '.ts') : [];
const lines = [...sources, ...generated].flatMap((file) => importsOf(file));
const at = (line: ImportLine) => `${line.from}:${line.line} imports ${line.target ?? line.specifier}`;

/** `src/client/request.ts` is in the room `client`; `src/index.ts` in none. */
function roomOf(file: string): string | undefined {
  const [top, room, ...rest] = file.split('/');
  if (top === 'generated') return 'generated';
  return top === 'src' && rest.length > 0 ? room : undefined;
}

/** Why a line may not stand where it stands; `undefined` when it may. */
function objection(line: ImportLine): string | undefined {
  const { from, target } = line;
  if (target === undefined) return undefined;
  if (!existsSync(join(ROOT, target))) return 'which does not exist';
  const room = roomOf(from);
  const other = roomOf(target);
  if (room === other) return undefined;
  if (room === undefined) return from === 'src/index.ts' ? undefined : 'from a file outside every room';
  if (other === undefined) return 'which is outside every room: import the room itself';
  if (ROOFS.includes(room))
    return room === 'testing' && other === 'cli' ? 'although testing may not import cli' : undefined;
  if (ROOMS[room]?.includes(other) || MORE_ROOMS[from]?.includes(other)) return undefined;
  if (line.kind === 'type' && UPWARD_TYPES[`${from} -> ${target}`] !== undefined) return undefined;
  return `although ${room} may not import ${other}`;
}

describe('the rooms', () => {
  it('are all in the table', () => {
    const rooms = new Set(sources.map(roomOf).filter((room) => room !== undefined));
    expect([...rooms].filter((room) => !(room in ROOMS) && !ROOFS.includes(room))).toEqual([]);
  });

  it('import one way, as the table says', () => {
    expect(
      lines
        .map((line) => [line, objection(line)] as const)
        .flatMap(([line, why]) => (why ? [`${at(line)}, ${why}`] : [])),
    ).toEqual([]);
  });

  it('use each exception that the table grants', () => {
    const used = new Set(lines.filter((line) => line.kind === 'type').map((line) => `${line.from} -> ${line.target}`));
    expect(Object.keys(UPWARD_TYPES).filter((exception) => !used.has(exception))).toEqual([]);
  });
});

/** Returns the folder of the server that a file is in: `.` for files at its top, undefined outside the server. */
function serverFolder(file: string): string | undefined {
  const [, room, folder, ...rest] = file.split('/');
  if (!file.startsWith('src/') || room !== 'server') return undefined;
  return rest.length > 0 ? folder : '.';
}

describe('the folders of the server', () => {
  const between = lines.flatMap((line) => {
    const [from, to] = [serverFolder(line.from), line.target === undefined ? undefined : serverFolder(line.target)];
    return from === undefined || to === undefined || from === to ? [] : [{ line, from, to }];
  });

  it('are all in the table, which is in the order of the ladder', () => {
    const folders = new Set(sources.map(serverFolder).filter((folder) => folder !== undefined && folder !== '.'));
    const names = Object.keys(SERVER_FOLDERS);
    expect([...folders].sort()).toEqual([...names].sort());
    for (const [index, name] of names.entries())
      for (const below of SERVER_FOLDERS[name] ?? [])
        expect([name, below, names.indexOf(below) < index]).toEqual([name, below, true]);
  });

  it('import downward only, as the table says, types and import() included', () => {
    const wrong = between.filter(({ from, to }) => from !== '.' && SERVER_FOLDERS[from]?.includes(to) !== true);
    expect(wrong.map(({ line, from, to }) => `${at(line)}, although ${from} may not import ${to}`)).toEqual([]);
  });
});

describe('each room and each folder of the server', () => {
  it('has a README.md of at most 20 lines', () => {
    const folders = new Set([...sources].map((file) => file.split('/').slice(0, -1)).flatMap(readmeFolders));
    const readmes = [...folders].map((folder) => `${folder}/README.md`);
    expect(readmes.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(readmes.filter((file) => readRepoFile(file).split('\n').length > 20)).toEqual([]);
  });
});

/** Returns the folders that need a README among those that a file is in: its room, and its folder of the server. */
function readmeFolders([top = '', room, folder]: readonly string[]): string[] {
  if (room === undefined) return [];
  return room === 'server' && folder !== undefined ? [`${top}/${room}`, `${top}/server/${folder}`] : [`${top}/${room}`];
}

describe('the files', () => {
  it('never import each other in a ring, types and import() included', () => {
    const edges = new Map<string, string[]>();
    for (const line of lines) {
      if (line.target === undefined || !line.from.startsWith('src/')) continue;
      edges.set(line.from, [...(edges.get(line.from) ?? []), line.target]);
    }
    expect(rings(edges)).toEqual([]);
  });

  it(`stay under ${MOST_LINES} lines where written by hand`, () => {
    const byHand = [...sources, ...filesUnder('test', '.ts')].filter((file) => !file.includes('/fixtures/'));
    expect(byHand.filter((file) => readRepoFile(file).split('\n').length > MOST_LINES + 1)).toEqual([]);
  });

  it('keep no state in variables of a module', () => {
    const shared = sources.filter((file) => /^(export )?let /m.test(readRepoFile(file)));
    expect(shared.filter((file) => MODULE_STATE[file] === undefined)).toEqual([]);
    expect(Object.keys(MODULE_STATE).filter((file) => !shared.includes(file))).toEqual([]);
  });

  it('have names of their own, but for index.ts and the commands, which have those of what they run', () => {
    const named = sources.filter((file) => !file.endsWith('/index.ts') && roomOf(file) !== 'cli');
    const names = named.map((file) => file.slice(file.lastIndexOf('/') + 1));
    expect(named.filter((_, index) => names.indexOf(names[index] ?? '') !== index)).toEqual([]);
  });

  it('are in kebab-case', () => {
    expect(sources.filter((file) => !/^src\/([a-z0-9.-]+\/)*[a-z0-9-]+\.ts$/.test(file))).toEqual([]);
  });

  it('that are for writing are not loaded by a server that starts', () => {
    const writing = [
      'server/admission/admit',
      'patch/index',
      'server/verbs/write',
      'server/verbs/writes',
      'server/kinds/index',
      'server/validation/schema-problems',
    ];
    const loaded = filesLoadedBy('src/server/serve.ts');
    expect(loaded.size).toBeGreaterThan(50);
    expect(writing.filter((file) => loaded.has(`src/${file}.ts`))).toEqual([]);
  });

  it('take time and chance from src/util alone', () => {
    const outside = sources.filter((file) => roomOf(file) !== 'util');
    expect(outside.flatMap((file) => clockUses(file))).toEqual([]);
  });
});

describe('packages', () => {
  const manifest = packageJson();
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies };
  const imported = lines.filter((line) => packageOf(line) !== undefined);

  it('imported by the sources are dependencies', () => {
    // The build puts the others into the package.
    const inlined =
      /^const dependencies = \{(.*?)^\};/ms.exec(readRepoFile('scripts/inline-dependencies.mjs'))?.[1] ?? '';
    const names = [
      ...Object.keys(runtime),
      ...[...inlined.matchAll(/^ {2}'?(@[\w-]+\/[\w-]+|[\w-]+)[\w./-]*'?:/gm)].map(([, name]) => name),
    ];
    const undeclared = imported.filter((line) => !names.includes(packageOf(line) ?? ''));
    expect(undeclared.map(at)).toEqual([]);
  });

  it('of Node are imported with the prefix node:', () => {
    expect(imported.filter((line) => builtinModules.includes(line.specifier)).map(at)).toEqual([]);
  });

  it('that are dependencies are used', () => {
    const used = new Set(imported.map(packageOf));
    expect(Object.keys(runtime).filter((name) => !used.has(name))).toEqual([]);
  });

  it('that are optional peers are loaded by import() only', () => {
    const optional = Object.keys(manifest.peerDependencies);
    expect(
      imported.filter((line) => line.kind === 'static' && optional.includes(packageOf(line) ?? '')).map(at),
    ).toEqual([]);
  });

  it('that are heavy are not loaded by importing the package', () => {
    const chains = LIGHT_ENTRY_POINTS.filter((file) => existsSync(join(ROOT, file))).flatMap((file) => loadedBy(file));
    expect(chains.filter(({ name }) => NEVER_AT_IMPORT.includes(name)).map(({ chain }) => chain)).toEqual([]);
  });
});

/** Rings of files, each once, as `a -> b -> a`. */
function rings(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: string[]): void => {
    const seen = path.indexOf(file);
    if (seen >= 0) found.push([...path.slice(seen), file].join(' -> '));
    if (seen >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

/** Packages that are loaded with a file, each with the imports that lead to it. */
function loadedBy(entry: string): { name: string; chain: string }[] {
  const found: { name: string; chain: string }[] = [];
  const seen = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const line of lines) {
      if (line.from !== file || line.kind !== 'static') continue;
      const name = packageOf(line);
      if (name !== undefined) found.push({ name, chain: [...path, file, name].join(' -> ') });
      if (line.target !== undefined) walk(line.target, [...path, file]);
    }
  };
  walk(entry, []);
  return found;
}

/** A file and all that is loaded with it. */
function filesLoadedBy(entry: string): Set<string> {
  const seen = new Set([entry]);
  for (const file of seen) {
    for (const line of lines) {
      if (line.from === file && line.kind === 'static' && line.target !== undefined) seen.add(line.target);
    }
  }
  return seen;
}
