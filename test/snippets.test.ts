import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Namespace } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entryPoints, ROOT } from './helpers/repo.js';
import { brokenLinksOf, guides, type Snippet, snippetsOf } from './helpers/snippets.js';

const snippets = guides().flatMap((file) => snippetsOf(file));
const folder = join(ROOT, '.vitest', 'snippets');
const pathOf = (snippet: Snippet) => join(folder, `${snippet.file.replace(/\W/g, '-')}-${snippet.line}.ts`);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const snippet of snippets) writeFileSync(pathOf(snippet), snippet.text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the guides', () => {
  it('have snippets, README.md first of all', () => {
    expect(snippets.filter(({ file }) => file === 'README.md').map(({ run }) => run)).toContain(true);
  });

  it('have no links that lead nowhere', () => {
    expect(guides().flatMap((file) => brokenLinksOf(file))).toEqual([]);
  });

  it('compile in a program under strict', { timeout: 120_000 }, () => {
    expect(problems({ strict: true })).toEqual([]);
  });

  it('compile in a program under everything stricter', { timeout: 120_000 }, () => {
    expect(problems({ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true })).toEqual([]);
  });

  const runnable = snippets.filter(({ run }) => run);
  it.each(runnable.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const))(
    'run: %s',
    async (_, snippet) => {
      await using server = await startServer();
      await using cluster = await server.connect();
      await cluster.resource(Namespace).create({ metadata: { name: 'shop' } });
      const kubeconfig = join(folder, 'kubeconfig');
      await server.writeKubeconfig(kubeconfig);
      vi.stubEnv('KUBECONFIG', kubeconfig);
      const log = vi.spyOn(console, 'log').mockReturnValue();
      try {
        await import(pathOf(snippet));
      } finally {
        log.mockRestore();
        vi.unstubAllEnvs();
      }
    },
  );
});

/** Returns the compiler's errors in the snippets, as in a user's program that imports the package. */
function problems(strictness: ts.CompilerOptions): string[] {
  const paths = Object.fromEntries(entryPoints().map(({ specifier, source }) => [specifier, [join(ROOT, source)]]));
  const program = ts.createProgram(snippets.map(pathOf), {
    ...strictness,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    skipLibCheck: true,
    noEmit: true,
    paths,
  });
  return snippets.flatMap((snippet) => {
    const source = program.getSourceFile(pathOf(snippet));
    if (source === undefined) return [`${snippet.file}:${snippet.line} was not compiled`];
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map((diagnostic) => {
      const line = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1;
      return `${snippet.file}:${line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
    });
  });
}
