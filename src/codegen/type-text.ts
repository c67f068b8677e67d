import type tsModule from 'typescript';
import type { SchemaFacts } from '../meta/api-facts.js';
import { docComment } from './doc-comment.js';
import { pascal, propertyName, quoted } from './module-names.js';
import { memberName, type TypeScript } from './type-nodes.js';

/** The names of the module that a type is written in. */
export interface TypeScope {
  ts: TypeScript;
  /** The local name of the schema with this full name, imported where needed. */
  nameOf(fullName: string): string;
  /** Takes a free name near the one wished for, and declares an interface of that name with this body. */
  hoist(wish: string, write: (name: string) => string): string;
  /** Returns the description of a schema in the source, or undefined if descriptions are not wanted. */
  describe(facts: SchemaFacts | undefined): string | undefined;
}

/** An `interface` for an object with fields, a type alias for everything else. */
export function declarationText(
  scope: TypeScope,
  name: string,
  node: tsModule.TypeNode,
  facts: SchemaFacts | undefined,
): string {
  const { ts } = scope;
  if (ts.isTypeLiteralNode(node)) return `export interface ${name} ${literalText(scope, name, node, facts)}\n`;
  if (isRecord(ts, node)) return `export interface ${name} {\n  [key: string]: unknown;\n}\n`;
  return `export type ${name} = ${typeText(scope, name, node, facts)};\n`;
}

/** A type as text. `owner` is the name an object found inside is called after. */
function typeText(scope: TypeScope, owner: string, node: tsModule.TypeNode, facts: SchemaFacts | undefined): string {
  const { ts } = scope;
  if (ts.isIndexedAccessTypeNode(node)) {
    const index = node.indexType;
    return ts.isLiteralTypeNode(index) && ts.isStringLiteral(index.literal)
      ? scope.nameOf(index.literal.text)
      : 'unknown';
  }
  if (ts.isTypeLiteralNode(node)) {
    if (node.members.some((member) => ts.isPropertySignature(member))) {
      return scope.hoist(owner, (name) => declarationText(scope, name, node, facts));
    }
    return mapText(scope, owner, node, facts);
  }
  if (ts.isArrayTypeNode(node)) {
    const item = typeText(scope, owner, node.elementType, facts?.items);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (ts.isUnionTypeNode(node)) {
    const choices = new Set(node.types.map((type) => typeText(scope, owner, type, facts)));
    return choices.has('unknown') ? 'unknown' : [...choices].join(' | ');
  }
  if (ts.isIntersectionTypeNode(node)) {
    const parts = new Set(node.types.map((type) => bracketed(typeText(scope, owner, type, facts))));
    if (parts.size > 1) parts.delete('unknown');
    return [...parts].join(' & ');
  }
  if (ts.isParenthesizedTypeNode(node)) return typeText(scope, owner, node.type, facts);
  if (ts.isLiteralTypeNode(node)) return literalValue(ts, node);
  // openapi-typescript writes string literals as identifiers that carry their quotes.
  if (ts.isIdentifier(node)) return quoted(String(JSON.parse((node as tsModule.Identifier).text)));
  if (isRecord(ts, node)) return '{ [key: string]: unknown }';
  return keyword(ts, node);
}

function literalText(
  scope: TypeScope,
  owner: string,
  node: tsModule.TypeLiteralNode,
  facts: SchemaFacts | undefined,
): string {
  const { ts } = scope;
  let text = '{\n';
  for (const member of node.members) {
    if (ts.isPropertySignature(member) && member.type !== undefined) {
      const name = memberName(ts, member);
      const inner = Object.hasOwn(facts?.properties ?? {}, name) ? facts?.properties?.[name] : undefined;
      const described = scope.describe(inner);
      if (described !== undefined) text += docComment(described, '  ');
      const type = typeText(scope, `${owner}${pascal(name)}`, member.type, inner);
      const optional = member.questionToken !== undefined;
      const orUndefined = optional && type !== 'unknown' ? ' | undefined' : '';
      text += `  ${propertyName(name)}${optional ? '?' : ''}: ${type}${orUndefined};\n`;
    } else if (ts.isIndexSignatureDeclaration(member)) {
      // Beside named fields an index signature has to admit them all.
      const mixed = node.members.length > 1;
      const type = mixed ? 'unknown' : typeText(scope, `${owner}Value`, member.type, additional(facts));
      text += `  [key: string]: ${type};\n`;
    }
  }
  const indexed = node.members.some((member) => ts.isIndexSignatureDeclaration(member));
  if (facts?.preserveUnknown === true && !indexed) text += '  [key: string]: unknown;\n';
  return `${text}}`;
}

function mapText(
  scope: TypeScope,
  owner: string,
  node: tsModule.TypeLiteralNode,
  facts: SchemaFacts | undefined,
): string {
  const [member] = node.members;
  if (member === undefined || !scope.ts.isIndexSignatureDeclaration(member)) return '{ [key: string]: unknown }';
  return `{ [key: string]: ${typeText(scope, owner, member.type, additional(facts))} }`;
}

function additional(facts: SchemaFacts | undefined): SchemaFacts | undefined {
  return typeof facts?.additional === 'object' ? facts.additional : undefined;
}

function isRecord(ts: TypeScript, node: tsModule.TypeNode): boolean {
  return ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) && node.typeName.text === 'Record';
}

function bracketed(type: string): string {
  return type.includes(' | ') ? `(${type})` : type;
}

function literalValue(ts: TypeScript, node: tsModule.LiteralTypeNode): string {
  const { literal } = node;
  if (ts.isStringLiteral(literal)) return quoted(literal.text);
  if (ts.isNumericLiteral(literal)) return literal.text;
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return 'true';
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return 'false';
  if (literal.kind === ts.SyntaxKind.NullKeyword) return 'null';
  if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand)) return `-${literal.operand.text}`;
  return 'unknown';
}

function keyword(ts: TypeScript, node: tsModule.TypeNode): string {
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return 'string';
    case ts.SyntaxKind.NumberKeyword:
      return 'number';
    case ts.SyntaxKind.BooleanKeyword:
      return 'boolean';
    case ts.SyntaxKind.NullKeyword:
      return 'null';
    default:
      return 'unknown';
  }
}
