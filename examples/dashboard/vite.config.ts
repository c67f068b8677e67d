import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// `npx keelson dashboard --port 8002` answers what the page asks for while `vite` serves the page's sources.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
    license: { fileName: 'LICENSES.md' },
  },
});
