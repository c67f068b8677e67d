import type { FlagStatus } from './flag-status.js';
import { ownFlags, serverFlags } from './server-flags.js';
import { UsageError } from './usage-error.js';

/** The flags that were given, with their values read. */
export class GivenFlags {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The value of a flag; the last one counts. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  bool(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = goBool(text);
    if (value === undefined) throw new UsageError(`--${name} takes true or false, not '${text}'`);
    return value;
  }

  int(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} takes a number from 0, not '${text}'`);
    return Number(text);
  }

  /** A duration such as `1h30m`, in milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : milliseconds(name, text);
  }

  /** The comma-separated items of all values. */
  list(name: string): string[] | undefined {
    return this.#values.get(name)?.flatMap((text) => text.split(',').map((item) => item.trim()));
  }

  /** All values as they are. */
  array(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }
}

/**
 * Reads flags as kube-apiserver writes them: `--flag=value` or `--flag value`, booleans without a value too, `_` for `-`. Throws a
 * `UsageError` that names the flag for one that does not exist, or that has no effect on this server.
 */
export function parseFlags(
  args: readonly string[],
  flagOf: (name: string) => FlagStatus | undefined = serverFlag,
): GivenFlags {
  const values = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const [, written = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word === '-h' ? '--help' : word) ?? [];
    const name = written.replaceAll('_', '-');
    const flag = flagOf(name);
    if (flag === undefined) throw new UsageError(`there is no flag or argument '${name === '' ? word : `--${name}`}'`);
    if (flag.status === 'refused') throw new UsageError(`cannot use --${name}: ${flag.why}. Leave it out.`);
    const needsValue = flag.status === 'works' ? flag.kind !== 'bool' : goBool(flag.value) === undefined;
    const given = value ?? (needsValue ? args[++i] : 'true');
    if (given === undefined) throw new UsageError(`--${name} needs a value`);
    if (flag.status === 'only') checkOnly(name, given, flag.value);
    else values.set(name, [...(values.get(name) ?? []), given]);
  }
  return new GivenFlags(values);
}

/** Returns what becomes of a flag of `keelson serve`. */
export function serverFlag(name: string): FlagStatus | undefined {
  if (Object.hasOwn(serverFlags, name)) return serverFlags[name];
  return Object.hasOwn(ownFlags, name) ? ownFlags[name] : undefined;
}

function checkOnly(name: string, given: string, value: string): void {
  const same = given === value || (goBool(given) !== undefined && goBool(given) === goBool(value));
  if (!same) throw new UsageError(`cannot use --${name}=${given}: this server has ${value} only. Leave the flag out.`);
}

/** Reads a boolean as Go's strconv.ParseBool does. */
function goBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}

const units: { readonly [unit: string]: number } = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

function milliseconds(name: string, text: string): number {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text))
    throw new UsageError(`--${name} takes a duration such as 5m or 1h30m, not '${text}'`);
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    total += Number(amount) * (units[unit] ?? 0);
  }
  return Math.round(total);
}
