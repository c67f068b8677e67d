import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { MACHINERY } from '../../src/codegen/machinery-names.js';
import type { MetaFacts } from '../../src/meta/index.js';
import { loadFacts } from './sources.js';

const entry = fileURLToPath(new URL('../../src/meta/index.ts', import.meta.url));
const program = ts.createProgram([entry], {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: [],
});
const checker = program.getTypeChecker();
const file = program.getSourceFile(entry);
const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
const exported = new Map(
  (module === undefined ? [] : checker.getExportsOfModule(module)).map((symbol) => [symbol.name, symbol]),
);

/** Each property with whether it is required, as the hand-written interface has it. */
function written(name: string): { [property: string]: boolean } {
  const symbol = exported.get(name);
  if (symbol === undefined) throw new Error(`src/meta does not export ${name}`);
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const properties = checker.getDeclaredTypeOfSymbol(target).getProperties();
  return Object.fromEntries(
    properties.map((property) => [property.name, (property.flags & ts.SymbolFlags.Optional) === 0]).sort(),
  );
}

describe('what generated code imports', () => {
  it('is exported by keelson', () => {
    const index = readFileSync(fileURLToPath(new URL('../../src/index.ts', import.meta.url)), 'utf8');
    const source = ts.createSourceFile('index.ts', index, ts.ScriptTarget.ES2023);
    const names = source.statements.flatMap((statement) =>
      ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map((element) => element.name.text)
        : [],
    );
    const imported = [...MACHINERY.values(), 'CreateOnly', 'KubeObject', 'Resource', 'Subresource'];
    expect(imported.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('the shared machinery written by hand in src/meta', () => {
  const { schemas } = loadFacts('meta') as MetaFacts;

  for (const [name, ours] of MACHINERY) {
    it(`${ours} has exactly the properties of the schema ${name}, and requires the same ones`, () => {
      const schema = schemas[name];
      if (schema === undefined) throw new Error(`No schema ${name} among the facts`);
      const expected = Object.keys(schema.properties ?? {}).map((property) => [
        property,
        schema.required?.includes(property) === true,
      ]);
      const scalar = schema.type !== 'object' || schema.properties === undefined;
      expect(scalar ? Object.keys(schema.properties ?? {}) : written(ours)).toEqual(
        scalar ? [] : Object.fromEntries(expected.sort()),
      );
      expect(exported.has(ours)).toBe(true);
    });
  }
});
