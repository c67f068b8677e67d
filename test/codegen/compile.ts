import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { GeneratedFile } from '../../src/codegen/facts-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles generated files as a user would, from a folder of their own, strict and NodeNext, with the package's names
 * leading to its sources: for `keelson`, which is large, to the part of it that generated code imports. Returns the compiler's complaints.
 */
export function compile(files: readonly GeneratedFile[]): string[] {
  const folder = join(root, 'test', 'codegen', 'user');
  const texts = new Map(files.map(({ path, text }) => [join(folder, path), text]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    declaration: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    skipLibCheck: true,
    paths: { keelson: [join(root, 'src/meta/index.ts')], 'keelson/k8s/*': [join(root, 'generated/*.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, directoryExists } = host;
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.directoryExists = (name) =>
    [...texts.keys()].some((path) => path.startsWith(`${name}/`)) || (directoryExists?.(name) ?? true);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName.slice(folder.length + 1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
