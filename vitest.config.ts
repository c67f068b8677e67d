import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Tests import the package by its public names; these lead to the sources, so that nothing has to be built first.
const resolve = {
  alias: [
    { find: /^keelson$/, replacement: here('src/index.ts') },
    { find: /^keelson\/k8s$/, replacement: here('generated/index.ts') },
    { find: /^keelson\/k8s\/(.+)$/, replacement: `${here('generated')}/$1.ts` },
    { find: /^keelson\/server$/, replacement: here('src/testing/server.ts') },
    { find: /^keelson\/testing$/, replacement: here('src/testing/index.ts') },
    { find: /^keelson\/codegen$/, replacement: here('src/codegen/index.ts') },
  ],
};

// Slow, and about the package as it is published: these run after the others, not beside them.
const packageTests = ['test/pack.test.ts'];

const unit: TestProjectInlineConfiguration = {
  resolve,
  test: {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: packageTests,
    setupFiles: [here('test/helpers/setup.ts')],
    testTimeout: 30_000,
    hookTimeout: 30_000,
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
    sequence: { groupOrder: 2 },
  },
};

export default defineConfig({
  test: { globalSetup: [here('test/helpers/global-setup.ts')], projects: [unit, pack] },
});
