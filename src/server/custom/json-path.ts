import { isObject, own } from '../../util/json-value.js';

/** One step of a path: a field, an index (negative from the end), or every element. */
type Step = { readonly field: string } | { readonly index: number } | { readonly every: true };

/**
 * Reads values out of an object by a JSON path as CustomResourceDefinitions have them: `.spec.size`, `.spec['a.b']`,
 * `.items[0].name`, `.list[-1]`, `.items[*]`, and `.conditions[?(@.type=="Ready")].status`. Undefined for any other path.
 */
export function parseJsonPath(path: string): ((value: unknown) => unknown[]) | undefined {
  const steps: ((values: unknown[]) => unknown[])[] = [];
  const text = path.trim().replace(/^\$/, '');
  const token =
    /\.?([A-Za-z_][\w-]*|\*)|\.([^.[\]]+)|\[(-?\d+|\*)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[\?\(([^()]*)\)\]/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    const [, name, dotted, index, single, double, filter] = match;
    if (filter !== undefined) {
      const keep = parseFilter(filter);
      if (keep === undefined) return undefined;
      steps.push((values) => values.flatMap((value) => (Array.isArray(value) ? value.filter(keep) : [])));
    } else {
      const step = stepOf(name ?? dotted, index, single ?? double);
      steps.push((values) => values.flatMap((value) => follow(value, step)));
    }
  }
  if (steps.length === 0) return undefined;
  return (value) => steps.reduce<unknown[]>((values, step) => step(values), [value]);
}

function stepOf(name: string | undefined, index: string | undefined, quoted: string | undefined): Step {
  if (name === '*' || index === '*') return { every: true };
  if (index !== undefined) return { index: Number(index) };
  return { field: name ?? (quoted ?? '').replace(/\\(.)/g, '$1') };
}

function follow(value: unknown, step: Step): unknown[] {
  if ('every' in step) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ('index' in step) {
    const found = Array.isArray(value) ? value.at(step.index) : undefined;
    return found === undefined ? [] : [found];
  }
  if (!isObject(value) || !Object.hasOwn(value, step.field)) return [];
  return [own(value, step.field)];
}

/** `@.type=="Ready"` and its like. */
function parseFilter(text: string): ((value: unknown) => boolean) | undefined {
  const match = /^@([^=!<>]*)(?:(==|!=|<=|>=|<|>)(.+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, path, operator, literal] = [...match].map((part: string | undefined) => part?.trim());
  if (path === undefined || literal === '') return undefined;
  const read = path === '' ? (value: unknown) => [value] : parseJsonPath(path);
  if (read === undefined) return undefined;
  if (operator === undefined) return (value) => read(value).length > 0;
  const wanted = parseLiteral(literal ?? '');
  return (value) => {
    const [found] = read(value);
    return found !== undefined && compare(found, operator, wanted);
  };
}

function parseLiteral(text: string): unknown {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return Number(text);
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if ((typeof a !== 'number' || typeof b !== 'number') && (typeof a !== 'string' || typeof b !== 'string'))
    return false;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}
