import ts from 'typescript';
import { readRepoFile } from './repo.js';

/** The names that a file declares and exports; not those that it passes on from another. */
export function declaredExports(file: string): string[] {
  const source = ts.createSourceFile(file, readRepoFile(file), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    }
    const name = 'name' in statement ? (statement.name as ts.Node | undefined) : undefined;
    return name === undefined ? [] : [name.getText()];
  });
}

/** Exports of `files` whose name stands nowhere in the `readers` but where it is declared, as `name in file`. */
export function deadExports(files: readonly string[], readers: readonly string[]): string[] {
  const mentions = new Map<string, number>();
  for (const reader of readers) {
    for (const word of readRepoFile(reader).match(/[A-Za-z_$][\w$]*/g) ?? [])
      mentions.set(word, (mentions.get(word) ?? 0) + 1);
  }
  return files.flatMap((file) => {
    const names = declaredExports(file);
    // An overloaded function is declared more than once.
    const isDead = (name: string) => (mentions.get(name) ?? 0) <= names.filter((other) => other === name).length;
    return [...new Set(names)].filter(isDead).map((name) => `${name} in ${file}`);
  });
}
