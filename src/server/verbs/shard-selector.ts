import type { Expr } from '../../cel/ast.js';
import type { ServerObject } from '../object/server-object.js';

/** Part of a collection by the hash of one field: a parsed `shardSelector` (KEP-5866). */
export interface ShardSelector {
  matches(object: ServerObject): boolean;
  /** The selector in the form that `metadata.shardInfo` of a list repeats. */
  readonly text: string;
}

interface ShardRange {
  readonly field: ShardField;
  /** Inclusive. */
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
}

const fields = {
  'object.metadata.uid': ({ metadata }: ServerObject) => metadata.uid ?? '',
  'object.metadata.namespace': ({ metadata }: ServerObject) => metadata.namespace ?? '',
} as const;

type ShardField = keyof typeof fields;

const endOfSpace = '0x10000000000000000';

/**
 * Reads a shard selector: `shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')`, or several of them joined by
 * `||`. Throws an Error that says what is wrong with it.
 */
export async function parseShardSelector(text: string): Promise<ShardSelector> {
  const trimmed = text.trim();
  if (trimmed === '') throw new Error('empty shard selector is not allowed; omit the parameter for unfiltered lists');
  // Only a request with a shard selector needs the parser.
  const [{ parse }, { Source }] = await Promise.all([import('../../cel/parser.js'), import('../../cel/cel-source.js')]);
  const { expr, issues } = parse(new Source(trimmed));
  if (expr === undefined || issues.length > 0) throw new Error(`CEL parse error: ${issues[0]?.message ?? ''}`);
  const ranges = rangesIn(expr);
  const [first] = ranges;
  for (const { field } of ranges) {
    if (first !== undefined && field !== first.field)
      throw new Error(`all shard ranges must use the same field, got "${first.field}" and "${field}"`);
  }
  return {
    matches: (object) => {
      if (first === undefined) return true;
      const hash = `0x${fnv1a(fields[first.field](object)).toString(16).padStart(16, '0')}`;
      return ranges.some(({ start, end }) => !isLess(hash, start) && isLess(hash, end));
    },
    text: ranges.map(({ field, start, end }) => `shardRange(${field}, '${start}', '${end}')`).join(' || '),
  };
}

function rangesIn(expr: Expr): ShardRange[] {
  if (expr.kind !== 'call')
    throw new Error(`unexpected expression kind ${kindNumber(expr)}; expected shardRange() call or || operator`);
  if (expr.name === '_||_') return expr.args.flatMap(rangesIn);
  if (expr.name === 'shardRange') return [rangeOf(expr.args)];
  throw new Error(`unsupported function ${JSON.stringify(expr.name)}; only shardRange() and || are allowed`);
}

function rangeOf(args: readonly Expr[]): ShardRange {
  const [path, from, to] = args;
  if (path === undefined || from === undefined || to === undefined || args.length !== 3)
    throw new Error(`shardRange() requires exactly 3 arguments, got ${args.length}`);
  const field = pathOf(path);
  if (!isShardField(field))
    throw new Error(`unsupported field path ${JSON.stringify(field)}; supported: ${Object.keys(fields).join(', ')}`);
  const [start, end] = [hexOf(from, 'hexStart'), hexOf(to, 'hexEnd')];
  if (!isLess(start, end)) throw new Error(`shard range start ${start} must be less than end ${end}`);
  return { field, start, end };
}

function isShardField(path: string): path is ShardField {
  return Object.hasOwn(fields, path);
}

function pathOf(expr: Expr): string {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind === 'select') return `${pathOf(expr.operand)}.${expr.field}`;
  throw new Error(
    `shardRange() first argument: expected field path (e.g. object.metadata.uid), got expression kind ${kindNumber(expr)}`,
  );
}

function hexOf(expr: Expr, name: string): string {
  if (expr.kind !== 'literal')
    throw new Error(`${name} must be a string literal (e.g. '0xff'), got expression kind ${kindNumber(expr)}`);
  const text = expr.value;
  if (typeof text !== 'string') throw new Error(`${name} must be a string literal, got ${goType(text)}`);
  const quoted = JSON.stringify(text);
  if (!text.startsWith('0x')) throw new Error(`${name} must have '0x' prefix, got ${quoted}`);
  const hex = text.slice(2);
  if (hex === '') throw new Error(`${name}: hex value is required after '0x'`);
  if (Buffer.byteLength(hex) > 17)
    throw new Error(`${name}: hex value too long (${Buffer.byteLength(hex)} chars, max 17): ${JSON.stringify(hex)}`);
  for (const character of hex) {
    if (!/[0-9a-f]/.test(character))
      throw new Error(`${name}: invalid hex character ${JSON.stringify(character)} in ${quoted}`);
  }
  if (hex.length === 17 && text !== endOfSpace)
    throw new Error(`${name}: 17-digit hex value must be '${endOfSpace}' (2^64), got ${quoted}`);
  if (hex.length < 16) {
    const meant = `0x${hex.padStart(16, '0')}`;
    throw new Error(`${name} must be a 0x-prefixed 16-digit hex value, got ${quoted} (did you mean "${meant}"?)`);
  }
  return text;
}

function isLess(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** The numbers that cel-go has for kinds of expressions. */
function kindNumber({ kind }: Expr): number {
  return { call: 1, fold: 2, ident: 3, list: 4, literal: 5, map: 6, select: 7, struct: 8 }[kind];
}

function goType(value: unknown): string {
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Uint8Array) return '[]uint8';
  return value === null ? 'structpb.NullValue' : 'uint64';
}

/** Returns the 64-bit FNV-1a hash of a text. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
