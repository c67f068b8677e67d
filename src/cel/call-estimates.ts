import type { CostNode, SizeEstimator } from './cost-node.js';
import { fixed, plus, type Range, scaled, times, unknownSize, unlimited } from './cost-numbers.js';
import { sameType, types } from './types.js';

const textFactor = 0.1;
const patternFactor = 0.25;

/** The cost of a call, and the size of its result if it is known. */
export interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range | undefined;
}

/** A call to be reckoned. */
export interface EstimatedCall {
  readonly name: string;
  /** The overload. */
  readonly id: string;
  readonly target: CostNode | undefined;
  readonly args: readonly CostNode[];
}

type Estimate = (
  call: EstimatedCall,
  size: (node: CostNode | undefined) => Range,
  sizes: SizeEstimator,
) => CallEstimate;

/** Returns the cost of a call without its arguments, by the rules of cel-go and kube-apiserver. */
export function estimateCall(call: EstimatedCall, sizes: SizeEstimator): CallEstimate {
  const size = (node: CostNode | undefined): Range => {
    if (node?.size !== undefined) return node.size;
    const found = node?.path === undefined || node.path.length === 0 ? undefined : sizes(node.path);
    return found === undefined ? unknownSize : { min: 0, max: found };
  };
  const estimate = byOverload[call.id] ?? byName[call.name];
  return estimate?.(call, size, sizes) ?? { cost: fixed(1) };
}

const nominal: Estimate = () => ({ cost: fixed(1) });
const ofFirst: Estimate = ({ args: [a] }, size) => ({ cost: scaled(size(a), textFactor) });
const ofFirstTwice: Estimate = ({ args: [a] }, size) => ({ cost: scaled(size(a), 2 * textFactor) });

/** Estimates a call that keeps the size of a text, such as a change of case. */
const rewritten: Estimate = ({ target, args: [a] }, size) => {
  const own = size(target ?? a);
  return { cost: scaled(own, textFactor), size: own };
};

const ofList: Estimate = ({ target }, size, sizes) => {
  const own = size(target);
  const item = itemOf(target);
  if (item === undefined) return { cost: scaled(own, textFactor) };
  const isText = item.type.kind === 'string' || item.type.kind === 'bytes';
  const each = isText ? plus(fixed(1), scaled(sizeOfPath(item.path, sizes), textFactor)) : fixed(1);
  return { cost: times(own, each) };
};

function sizeOfPath(path: readonly string[] | undefined, sizes: SizeEstimator): Range {
  const found = path === undefined || path.length === 0 ? undefined : sizes(path);
  return found === undefined ? unknownSize : { min: 0, max: found };
}

function itemOf(list: CostNode | undefined): Pick<CostNode, 'type' | 'path'> | undefined {
  const [type] = list?.type.params ?? [];
  if (type === undefined) return undefined;
  return { type, path: list?.path === undefined ? undefined : [...list.path, '@items'] };
}

const replaced: Estimate = ({ target, args: [from, to] }, size) => {
  const [own, old, made] = [size(target), size(from), size(to)];
  const most =
    old.min === 0
      ? { count: own.max + 1, kept: own.max }
      : made.max <= old.min
        ? { count: 0, kept: own.max }
        : { count: Math.ceil(own.max / old.min), kept: 0 };
  const least =
    old.max === 0
      ? { count: own.min + 1, kept: own.min }
      : old.max <= made.min
        ? { count: 0, kept: own.min }
        : { count: Math.ceil(own.min / old.max), kept: 0 };
  const count = { min: Math.min(least.count, unlimited), max: Math.min(most.count, unlimited) };
  return {
    cost: scaled(own, 2 * textFactor),
    size: plus(times(count, made), { min: least.kept, max: most.kept }),
  };
};

const split: Estimate = ({ target, args: [, count] }, size) => {
  const own = size(target);
  const limit =
    count?.expr?.kind === 'literal' && typeof count.expr.value === 'bigint' ? Number(count.expr.value) : own.max;
  return { cost: scaled(own, 2 * textFactor), size: { min: 0, max: limit < 0 ? unlimited : limit } };
};

const joined: Estimate = ({ target, args: [by] }, size, sizes) => {
  const list = size(target);
  let own = times(list, sizeOfPath(itemOf(target)?.path, sizes));
  if (by !== undefined) {
    const between = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) };
    own = plus(own, times(size(by), between));
  }
  return { cost: scaled(own, textFactor), size: own };
};

function matching(text: Range, pattern: Range): Range {
  return times(scaled(plus(text, fixed(1)), textFactor), scaled(pattern, patternFactor));
}

const found: Estimate = ({ target, args: [pattern] }, size) => ({
  cost: matching(size(target), size(pattern)),
  size: { min: 0, max: size(target).max },
});

const addressSizes: Range = { min: 4, max: 16 };
const compared = scaled(plus(addressSizes, addressSizes), textFactor);

const contains: Estimate = ({ name, id, args: [other] }, size) => {
  const more = name === 'containsCIDR' ? plus(scaled(addressSizes, textFactor), fixed(1)) : fixed(0);
  const parse = id.endsWith('_string') ? scaled(size(other), textFactor) : fixed(0);
  return { cost: plus(plus(compared, more), parse) };
};

const selector: Estimate = ({ args: [text] }, size) => {
  const length = size(text);
  return { cost: plus(plus(fixed(10), scaled(length, textFactor)), scaled(scaled(length, 0.5), 50)) };
};

const listCall = (factor: number, of: Range): CallEstimate => ({
  cost: plus(scaled(of, factor), fixed(11)),
  size: of,
});

/** A whole number that the expression says itself; `otherwise` where it does not. */
function whole(node: CostNode | undefined, otherwise: number): number {
  const value = node?.expr?.kind === 'literal' ? node.expr.value : undefined;
  return typeof value === 'bigint' ? Math.max(0, Number(value)) : otherwise;
}

const compareSelf =
  (pick: (call: EstimatedCall) => CostNode | undefined): Estimate =>
  (call, size) => {
    const own = size(pick(call));
    const isText = call.id.startsWith('list_string_') || call.id.startsWith('list_bytes_');
    return listCall(isText ? 2.1 : 2, times(own, own));
  };

const setCall =
  (factor: number): Estimate =>
  ({ args: [a, b] }, size) => ({ cost: plus(scaled(times(size(a), size(b)), factor), fixed(1)) });

const opaque = [
  types.ip,
  types.cidr,
  types.quantity,
  types.semver,
  types.authorizer,
  types.pathCheck,
  types.groupCheck,
];

/** Equality of what only libraries can look into costs little; of anything else as much as the smaller is long. */
const equality: Estimate = ({ name, args: [a, b] }, size) => {
  if (name === '_==_' && a !== undefined && b !== undefined && sameType(a.type, b.type)) {
    const small = [...opaque, types.resourceCheck, types.decision].some((type) => sameType(type, a.type));
    if (small) return { cost: fixed(1) };
    if (sameType(a.type, types.format)) return { cost: scaled({ min: 1, max: 64 }, textFactor) };
    if (sameType(a.type, types.url)) {
      const most = b.size === undefined ? 1 : b.size.max;
      return { cost: scaled({ min: 1, max: most }, textFactor) };
    }
  }
  const max = Math.min(size(a).max, size(b).max);
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, textFactor) };
};

const byName: { readonly [name: string]: Estimate } = {
  check: () => ({ cost: fixed(350_000) }),
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: ofList,
  sum: ofList,
  max: ofList,
  min: ofList,
  indexOf: ofList,
  lastIndexOf: ofList,
  url: rewritten,
  'jsonpatch.escapeKey': rewritten,
  lowerAscii: rewritten,
  upperAscii: rewritten,
  substring: rewritten,
  trim: rewritten,
  replace: replaced,
  split,
  join: joined,
  find: found,
  findAll: found,
  cidr: ofFirst,
  isIP: ofFirst,
  isCIDR: ofFirst,
  ip: ofFirst,
  'ip.isCanonical': ofFirstTwice,
  containsIP: contains,
  containsCIDR: contains,
  quantity: ofFirst,
  isQuantity: ofFirst,
  semver: ofFirst,
  isSemver: ofFirst,
  validate: ({ args: [text] }, size) => ({ cost: scaled(scaled(size(text), textFactor), 128 * patternFactor) }),
  '_==_': equality,
  '_!=_': equality,
  slice: ({ target, args: [from, to] }, size) => listCall(1, fixed(whole(to, size(target).max) - whole(from, 0))),
  'lists.range': ({ args: [count] }) => listCall(1, fixed(whole(count, unlimited))),
  reverse: ({ target }, size) => listCall(1, size(target)),
  flatten: ({ target, args: [depth] }, size) =>
    listCall(depth === undefined ? 1 : whole(depth, unlimited), size(target)),
  distinct: ({ target }, size) => listCall(2, times(size(target), size(target))),
  sort: compareSelf(({ target }) => target),
  '@sortByAssociatedKeys': compareSelf(({ args: [keys] }) => keys),
  'sets.contains': setCall(1),
  'sets.intersects': setCall(1),
  'sets.equivalent': setCall(2),
};

const smaller: Estimate = ({ args: [a, b] }, size) => {
  const max = Math.min(size(a).max, size(b).max);
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, textFactor) };
};

const appended: Estimate = ({ args: [a, b] }, size) => {
  const own = plus(size(a), size(b));
  return { cost: scaled(own, textFactor), size: own };
};

const byOverload: { readonly [id: string]: Estimate } = {
  cidr_ip: nominal,
  string_format: ({ target }, size) => ({ cost: scaled(size(target), textFactor) }),
  string_to_bytes: ({ args: [a] }, size) => {
    const own = size(a);
    return { cost: scaled(own, textFactor), size: { min: own.min, max: own.max * 4 } };
  },
  bytes_to_string: ({ args: [a] }, size) => {
    const own = size(a);
    return { cost: scaled(own, textFactor), size: { min: Math.floor(own.min / 4), max: own.max } };
  },
  strings_quote: ({ args: [a] }, size) => {
    const own = size(a);
    return { cost: scaled(own, textFactor), size: plus({ min: own.min, max: own.max * 2 }, fixed(2)) };
  },
  starts_with_string: ofFirst,
  ends_with_string: ofFirst,
  in_list: ({ args: [, list] }, size) => ({ cost: size(list) }),
  matches_string: ({ target, args: [pattern] }, size) => ({ cost: matching(size(target), size(pattern)) }),
  contains_string: ({ target, args: [part] }, size) => ({
    cost: times(scaled(size(target), textFactor), scaled(size(part), textFactor)),
  }),
  add_list: ({ args: [a, b] }, size) => ({ cost: fixed(1), size: plus(size(a), size(b)) }),
  add_string: appended,
  add_bytes: appended,
  ...Object.fromEntries(
    ['less', 'less_equals', 'greater', 'greater_equals'].flatMap((word) => [
      [`${word}_string`, smaller],
      [`${word}_bytes`, smaller],
    ]),
  ),
};
