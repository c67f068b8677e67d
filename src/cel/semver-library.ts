import type { Functions } from './functions.js';
import { types } from './types.js';
import { CelError, CelOpaque } from './values.js';

/** A version of semantic versioning 2.0. */
class CelSemver extends CelOpaque {
  readonly type = types.semver;

  constructor(
    readonly numbers: readonly bigint[],
    readonly pre: readonly string[],
  ) {
    super();
  }

  /** Compares two versions. Build metadata does not affect the order. */
  compare(other: CelSemver): number {
    for (const [i, number] of this.numbers.entries()) {
      const that = other.numbers[i] ?? 0n;
      if (number !== that) return number < that ? -1 : 1;
    }
    if (this.pre.length === 0 || other.pre.length === 0) return Math.sign(other.pre.length - this.pre.length);
    for (const [i, part] of this.pre.entries()) {
      const that = other.pre[i];
      if (that === undefined) return 1;
      const order = comparePre(part, that);
      if (order !== 0) return order;
    }
    return this.pre.length < other.pre.length ? -1 : 0;
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelSemver && this.compare(other) === 0;
  }
}

function comparePre(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1;
  if (x !== y) return x ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Semantic versions (https://kubernetes.io/docs/reference/using-api/cel/). */
export function semverLibrary(functions: Functions): void {
  const isOne = (text: string, lenient: boolean): boolean => typeof readSemver(text, lenient) !== 'string';
  const made = (text: string, lenient: boolean): CelSemver => {
    const read = readSemver(text, lenient);
    if (typeof read === 'string') throw new CelError(read);
    return read;
  };
  const part =
    (index: number) =>
    ({ numbers }: CelSemver) =>
      numbers[index] ?? 0n;
  functions
    .add('semver', 'string_to_semver', '(string): semver', (text: string) => made(text, false))
    .add('semver', 'string_bool_to_semver', '(string, bool): semver', made)
    .add('isSemver', 'is_semver_string', '(string): bool', (text: string) => isOne(text, false))
    .add('isSemver', 'is_semver_string_bool', '(string, bool): bool', isOne)
    .add(
      'isGreaterThan',
      'semver_is_greater_than',
      'semver.(semver): bool',
      (a: CelSemver, b: CelSemver) => a.compare(b) > 0,
    )
    .add('isLessThan', 'semver_is_less_than', 'semver.(semver): bool', (a: CelSemver, b: CelSemver) => a.compare(b) < 0)
    .add('compareTo', 'semver_compare_to', 'semver.(semver): int', (a: CelSemver, b: CelSemver) => BigInt(a.compare(b)))
    .add('major', 'semver_major', 'semver.(): int', part(0))
    .add('minor', 'semver_minor', 'semver.(): int', part(1))
    .add('patch', 'semver_patch', 'semver.(): int', part(2));
}

/** A version, or why a text is none. `lenient` takes a leading `v`, leading zeros, and fewer than three numbers. */
function readSemver(given: string, lenient: boolean): CelSemver | string {
  const text = lenient ? normalized(given) : given;
  if (text === undefined) return 'short version cannot contain PreRelease/Build meta data';
  if (text === '') return 'Version string empty';
  const [major = '', minor, last] = splitThree(text);
  if (minor === undefined || last === undefined) return 'No Major.Minor.Patch elements found';
  const patch = /^[^+-]*/.exec(last)?.[0] ?? '';
  const [head = '', ...builds] = last.slice(patch.length).split('+');
  for (const [name, number] of Object.entries({ Major: major, Minor: minor, Patch: patch })) {
    if (!/^\d+$/.test(number))
      return name === 'Patch' && number === ''
        ? 'strconv.ParseUint: parsing "": invalid syntax'
        : `Invalid character(s) found in ${name.toLowerCase()} number ${JSON.stringify(number)}`;
    if (number.length > 1 && number.startsWith('0'))
      return `${name} number must not contain leading zeroes ${JSON.stringify(number)}`;
  }
  const pre = head === '' ? [] : head.slice(1).split('.');
  for (const one of pre) {
    if (one === '') return 'Prerelease is empty';
    if (!/^[0-9A-Za-z-]+$/.test(one)) return `Invalid character(s) found in prerelease ${JSON.stringify(one)}`;
    if (/^0\d+$/.test(one)) return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(one)}`;
  }
  for (const one of builds.length === 0 ? [] : builds.join('+').split('.')) {
    if (one === '') return 'Build meta data is empty';
    if (!/^[0-9A-Za-z-]+$/.test(one)) return `Invalid character(s) found in build meta data ${JSON.stringify(one)}`;
  }
  return new CelSemver([BigInt(major), BigInt(minor), BigInt(patch)], pre);
}

function splitThree(text: string): string[] {
  const [first = '', second, ...rest] = text.split('.');
  if (second === undefined) return [first];
  return rest.length === 0 ? [first, second] : [first, second, rest.join('.')];
}

function normalized(given: string): string | undefined {
  const parts = splitThree(given.replace(/^v/, '')).map((part) => {
    if (part.length <= 1) return part;
    const stripped = part.replace(/^0+/, '');
    return /^\d/.test(stripped) ? stripped : `0${stripped}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return undefined;
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}
