import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  declaredIn,
  isDocumented,
  mustBeDocumented,
  type PublicModule,
  publicModules,
} from './helpers/public-surface.js';
import { entryPoints, ROOT, readRepoFile } from './helpers/repo.js';

// The lists in test/exports are what users can import. A changed list is a changed promise: look at the difference, then accept
// it with `npx vitest run test/exports.test.ts -u`, and tell users in CHANGELOG.md.

const { modules, checker } = publicModules();
const isPinned = (module: PublicModule) =>
  module.specifier.split('/')[1] === 'k8s' && module.specifier !== 'keelson/k8s';
const own = modules.filter((module) => !isPinned(module));

function list(module: PublicModule): string {
  return module.symbols.map(({ name, kind }) => `${kind} ${name}\n`).join('');
}

/** Kinds line by line, the types around them in one paragraph: the API of Kubernetes is not ours to review. */
function shortList(module: PublicModule): string {
  const kinds = module.symbols.filter(({ kind }) => kind.includes('const')).map(({ name }) => name);
  const types = module.symbols.filter(({ kind }) => !kind.includes('const')).map(({ name }) => name);
  return `${module.specifier}\n  kinds: ${kinds.join(' ')}\n  types: ${types.join(' ')}\n`;
}

describe('the export list', () => {
  it('covers every entry point of package.json', () => {
    expect(entryPoints().filter(({ source }) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it('covers what the reference site shows', () => {
    const { entryPoints: shown } = JSON.parse(readRepoFile('typedoc.json')) as { entryPoints: string[] };
    expect(shown.filter((path) => !path.includes('*')).sort()).toEqual(own.map(({ source }) => source).sort());
  });

  it.each(own.map((module) => [module.specifier, module] as const))(
    'of %s changes only on purpose',
    async (specifier, module) => {
      await expect(list(module)).toMatchFileSnapshot(`./exports/${specifier.replaceAll('/', '-')}.txt`);
    },
  );

  it('of the versioned Kubernetes APIs changes only on purpose', async () => {
    await expect(modules.filter(isPinned).map(shortList).join('\n')).toMatchFileSnapshot(
      './exports/keelson-k8s-versions.txt',
    );
  });
});

describe('doc comments', () => {
  const symbols = new Map(
    modules.flatMap((module) => module.symbols.map((symbol) => [symbol.symbol, symbol] as const)),
  );
  const written = [...symbols.values()].filter(({ symbol }) => declaredIn(symbol).startsWith('src/'));
  const kinds = [...symbols.values()].filter(
    ({ symbol, kind }) => declaredIn(symbol).startsWith('generated/') && kind.includes('const'),
  );

  it('say what every exported symbol promises', () => {
    const bare = written.filter(({ symbol }) => !isDocumented(symbol, checker));
    expect(bare.map(({ name, symbol }) => `${name} in ${declaredIn(symbol)}`).sort()).toEqual([]);
  });

  // Fields of data interfaces (`kind`, `metadata`) are the API's own and need no comment where their name says it all.
  it('say what every public method, class member and option does', () => {
    const bare = written
      .flatMap((symbol) => mustBeDocumented(symbol))
      .filter(({ symbol }) => !isDocumented(symbol, checker));
    expect(bare.map(({ name, symbol }) => `${name} in ${declaredIn(symbol)}`).sort()).toEqual([]);
  });

  it('link every generated kind to its page of the Kubernetes API reference', () => {
    expect(kinds.length).toBeGreaterThan(50);
    const bare = kinds.filter(({ symbol }) => !isDocumented(symbol, checker));
    expect(bare.map(({ name, symbol }) => `${name} in ${declaredIn(symbol)}`)).toEqual([]);
  });
});
