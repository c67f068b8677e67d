import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type EntryPoint, entryPoints, ROOT } from './repo.js';

/** One name that a user can import. A kind is a type and a value under one name. */
export interface PublicSymbol {
  readonly name: string;
  /** `class`, `const`, `function`, `interface`, `type`, `const + interface` … */
  readonly kind: string;
  readonly symbol: ts.Symbol;
}

/** The exports of one entry point, sorted by name. */
export interface PublicModule extends EntryPoint {
  readonly symbols: readonly PublicSymbol[];
}

/** The entry points whose sources exist, with what they export, found by the compiler and so through every re-export. */
export function publicModules(): { modules: PublicModule[]; checker: ts.TypeChecker } {
  const entries = entryPoints().filter(({ source }) => existsSync(join(ROOT, source)));
  const { options } = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'tsconfig.json'), {}, host()) ?? { options: {} };
  const program = ts.createProgram(
    entries.map(({ source }) => join(ROOT, source)),
    options,
  );
  const checker = program.getTypeChecker();
  const modules = entries.map((entry) => {
    const file = program.getSourceFile(join(ROOT, entry.source));
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry.source} exports nothing`);
    const symbols = checker.getExportsOfModule(module).map((exported): PublicSymbol => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return { name: exported.name, kind: kindOf(symbol), symbol };
    });
    return { ...entry, symbols: symbols.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
  return { modules, checker };
}

const KINDS: readonly (readonly [ts.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Enum, 'enum'],
  [ts.SymbolFlags.Variable, 'const'],
  [ts.SymbolFlags.Namespace, 'namespace'],
  [ts.SymbolFlags.Interface, 'interface'],
  [ts.SymbolFlags.TypeAlias, 'type'],
];

function kindOf(symbol: ts.Symbol): string {
  const kinds = KINDS.filter(([flag]) => symbol.flags & flag).map(([, kind]) => kind);
  return kinds.filter((kind) => kind !== 'interface' || !kinds.includes('class')).join(' + ');
}

function host(): ts.ParseConfigFileHost {
  return { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => fail(problem) };
}

function fail(problem: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
}

/** Reports whether a declaration, or the exported statement around it, has a doc comment with text. */
export function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== '') return true;
  return symbol.getJsDocTags(checker).some((tag) => tag.name === 'inheritDoc');
}

/**
 * The members that a user cannot do without a comment for, as `Name.member`: methods, everything public in a class, and the
 * fields of options, which have units and defaults.
 */
export function mustBeDocumented({ name, kind, symbol }: PublicSymbol): { name: string; symbol: ts.Symbol }[] {
  const every = kind.includes('class') || name.endsWith('Options');
  const found: { name: string; symbol: ts.Symbol }[] = [];
  for (const [key, member] of symbol.members ?? []) {
    if (!(member.flags & (every ? MEMBERS : ts.SymbolFlags.Method)) || key === ts.InternalSymbolName.Constructor)
      continue;
    const text = ts.unescapeLeadingUnderscores(key);
    // An iterator's own methods and `[Symbol.asyncDispose]` are the language's.
    if (text.startsWith('__@') || PROTOCOL.includes(text) || member.declarations?.every(isHidden)) continue;
    found.push({ name: `${name}.${text}`, symbol: member });
  }
  return found;
}

const PROTOCOL = ['next', 'return', 'throw', 'then'];

const MEMBERS = ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor;

function isHidden(node: ts.Declaration): boolean {
  const name = ts.getNameOfDeclaration(node);
  const isPrivate = ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
  return isPrivate !== 0 || (name !== undefined && ts.isPrivateIdentifier(name)) || isInternal(node);
}

function isInternal(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal');
}

/** Where a symbol is declared, relative to the top of the repository. */
export function declaredIn(symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  const file = declaration?.getSourceFile().fileName;
  return file?.startsWith(`${ROOT}/`) ? file.slice(ROOT.length + 1) : (file ?? '?');
}
