import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Tests import the package by its public names; these lead to the sources, so that nothing has to be built first.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^keelson$/, replacement: here('src/index.ts') },
      { find: /^keelson\/k8s$/, replacement: here('generated/index.ts') },
      { find: /^keelson\/k8s\/(.+)$/, replacement: `${here('generated')}/$1.ts` },
      { find: /^keelson\/server$/, replacement: here('src/testing/server.ts') },
      { find: /^keelson\/codegen$/, replacement: here('src/codegen/index.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
});
