import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { FlakyReporter } from './test/helpers/flaky-reporter.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** Tests import the package by its public names; these lead to the sources, so that nothing has to be built first. */
function sourcesByName(): { find: RegExp; replacement: string }[] {
  const { name, exports } = JSON.parse(readFileSync(here('package.json'), 'utf8')) as Manifest;
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === 'string') return [];
    const source = target.types.replace('./dist/', '').replace(/\.d\.ts$/, '.ts');
    const find = new RegExp(`^${name}${key.slice(1).replace('*', '(.+)')}$`);
    return [{ find, replacement: here(source).replace('*', '$1') }];
  });
}

const resolve = { alias: sourcesByName() };

// Run by test/secrets.test.ts alone, which expects them to fail.
const leaks = 'test/leaks/leaks.test.ts';

// CI gives a test a second try, for its machine stalls; FlakyReporter names such tests. By hand there is none.
const retry = Number(process.env.KEELSON_TEST_RETRY ?? 0);

// Slow, and about the package as it is published: these run after the others, not beside them.
const packageTests = ['test/pack.test.ts'];

const unit: TestProjectInlineConfiguration = {
  resolve,
  test: {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: [...packageTests, leaks],
    setupFiles: [here('test/helpers/setup.ts')],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry,
    sequence: { groupOrder: 1 },
  },
};

const pack: TestProjectInlineConfiguration = {
  test: {
    name: 'package',
    include: packageTests,
    setupFiles: [here('test/helpers/setup.ts')],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    retry,
    sequence: { groupOrder: 2 },
  },
};

const planted: TestProjectInlineConfiguration = {
  resolve,
  test: { name: 'leaks', include: [leaks], setupFiles: [here('test/helpers/setup.ts')], testTimeout: 60_000 },
};

export default defineConfig({
  test: {
    reporters: ['default', new FlakyReporter()],
    globalSetup: [here('test/helpers/global-setup.ts')],
    // For `npm run coverage`. Generated code is data and does not count.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary', 'html'] },
    projects: process.env.KEELSON_LEAKS === undefined ? [unit, pack] : [planted],
  },
});
