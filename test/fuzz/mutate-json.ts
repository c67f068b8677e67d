import type { Choice } from './choice.js';

/** Values that servers tend to stumble over. */
const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  9e12,
  9e15,
  -9e15,
  1e308,
  2147483648,
  -2147483649,
  '',
  ' ',
  'a',
  '0',
  '-1',
  '10%',
  '9999999999999999999999Ei',
  '1e9999',
  '2026-01-01T00:00:00Z',
  '2026-13-45T99:99:99Z',
  '0000-00-00',
  '9e12s',
  '$(A)$(B)',
  '../../etc',
  'x/y/z',
  '*',
  '**',
  '[::1]',
  '1.2.3.4/99',
  'fe80::1%eth0',
  '\u0000',
  '\ud800',
  '\u202e\ufeff',
  '💥',
  '__proto__',
  'constructor',
  'toString',
  '(a+)+$',
  '[',
  '(?<name>x)\\1',
  'self.x.all(y, y > 0)',
  "'a'.matches('(')",
  '{.items[*]..a}',
  'v1',
  'apps/v1',
  'a/b/c',
  'Pod',
  'Table',
  'DeleteOptions',
  [],
  [null],
  [[]],
  {},
  { '': null },
  { constructor: {} },
  { matchLabels: { '': '' } },
  { key: 'a', operator: 'Nope', values: [null] },
];

const maxDepth = 40;

type Path = readonly (string | number)[];

/** Returns a copy of `value` with one to four random changes. `donors` are bodies to take pieces from. */
export function mutateJson(choice: Choice, value: unknown, donors: readonly unknown[]): unknown {
  let mutated = structuredClone(value);
  for (let changes = 1 + choice.below(4); changes > 0; changes--) mutated = changed(choice, mutated, donors);
  return mutated;
}

function changed(choice: Choice, value: unknown, donors: readonly unknown[]): unknown {
  const path = randomPath(choice, value);
  const last = path.at(-1);
  if (last === undefined) return choice.chance(0.1) ? oddValue(choice) : value;
  const parent = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
  const holder = parent as Record<string | number, unknown>;
  const old = structuredClone(holder[last]);
  switch (choice.below(8)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete holder[last];
      break;
    case 1: {
      const donor = choice.of(donors);
      const from = randomPath(choice, donor);
      holder[last] = structuredClone(from.reduce<unknown>((inner, key) => (inner as Path)[key as number], donor));
      break;
    }
    case 2:
      if (Array.isArray(parent)) parent.push(...Array.from({ length: choice.of([1, 2, 500]) }, () => old));
      else define(holder, String(choice.of([...oddValues, 'metadata', 'spec', 'status'])), old);
      break;
    case 3:
      holder[last] = repeated(choice, old);
      break;
    case 4:
      holder[last] = nested(choice, old);
      break;
    default:
      holder[last] = oddValue(choice);
  }
  return value;
}

function oddValue(choice: Choice): unknown {
  return structuredClone(choice.of(oddValues));
}

/** Adds an own field, whatever its name. */
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function repeated(choice: Choice, value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, 2_000).repeat(choice.of([2, 64, 1_000]));
  if (typeof value === 'number') return value * choice.of([-1, 1_000, 1e12]);
  return Array.from({ length: choice.of([2, 30]) }, () => value);
}

function nested(choice: Choice, value: unknown): unknown {
  let inner = value;
  const isList = choice.chance(0.5);
  for (let depth = choice.of([1, 3, 200]); depth > 0; depth--) inner = isList ? [inner] : { a: inner };
  return inner;
}

function randomPath(choice: Choice, value: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let inner = value;
  while (typeof inner === 'object' && inner !== null && path.length < maxDepth) {
    const keys = Object.keys(inner);
    if (keys.length === 0 || (path.length > 0 && choice.chance(0.2))) break;
    const key = choice.of(keys);
    path.push(Array.isArray(inner) ? Number(key) : key);
    inner = (inner as Record<string, unknown>)[key];
  }
  return path;
}
