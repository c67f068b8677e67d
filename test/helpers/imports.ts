import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { ROOT, readRepoFile } from './repo.js';

/** One import or re-export as written in a source file. */
export interface ImportLine {
  /** The file that imports, relative to the top of the repository. */
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** The file meant, relative to the top; `undefined` when it is a package or a module of Node. */
  readonly target: string | undefined;
  /** `type`: gone at run time. `static`: loaded with the file. `dynamic`: loaded when the code runs, `import()`. */
  readonly kind: 'type' | 'static' | 'dynamic';
}

/** All imports of one source file. */
export function importsOf(file: string, text = readRepoFile(file)): ImportLine[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false);
  const lines: ImportLine[] = [];
  const add = (node: ts.Node, specifier: string, kind: ImportLine['kind']) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    lines.push({ from: file, line, specifier, target: resolve(file, specifier), kind });
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier))
        add(node, node.moduleSpecifier.text, isTypeOnly(node) ? 'type' : 'static');
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node, node.argument.literal.text, 'type');
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteralLike(argument)) add(node, argument.text, 'dynamic');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** Under `verbatimModuleSyntax` only a whole `import type` or `export type` disappears; `import { type A }` still loads. */
function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  const source = path.replace(/\.js$/, '.ts');
  return existsSync(join(ROOT, source)) ? source : path;
}

/** The name of the package in an import such as `undici`, `@scope/name` or `yaml/util`; `undefined` for files and Node's own. */
export function packageOf(line: ImportLine): string | undefined {
  if (line.specifier.startsWith('.') || line.specifier.startsWith('node:')) return undefined;
  return line.specifier.split('/', line.specifier.startsWith('@') ? 2 : 1).join('/');
}
