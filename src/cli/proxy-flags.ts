/** The values that a flag takes. */
type FlagKind = 'text' | 'bool' | 'int' | 'duration' | 'list';

/** The flags of `kubectl proxy` 1.36, and those of all its commands. */
const kinds: { readonly [flag: string]: FlagKind } = {
  'accept-hosts': 'text',
  'accept-paths': 'text',
  address: 'text',
  'api-prefix': 'text',
  'append-server-path': 'bool',
  'disable-filter': 'bool',
  keepalive: 'duration',
  port: 'int',
  'reject-methods': 'text',
  'reject-paths': 'text',
  'unix-socket': 'text',
  www: 'text',
  'www-prefix': 'text',
  as: 'text',
  'as-group': 'list',
  'as-uid': 'text',
  'certificate-authority': 'text',
  'client-certificate': 'text',
  'client-key': 'text',
  cluster: 'text',
  context: 'text',
  help: 'bool',
  'insecure-skip-tls-verify': 'bool',
  kubeconfig: 'text',
  'match-server-version': 'bool',
  namespace: 'text',
  password: 'text',
  server: 'text',
  'tls-server-name': 'text',
  token: 'text',
  user: 'text',
  username: 'text',
  v: 'int',
  vmodule: 'text',
};

const shorthands: { readonly [letter: string]: string } = {
  h: 'help',
  n: 'namespace',
  p: 'port',
  P: 'www-prefix',
  s: 'server',
  u: 'unix-socket',
  v: 'v',
  w: 'www',
};

/** Flags that earlier versions of kubectl had. */
const dropped = new Set([
  ...['add-dir-header', 'alsologtostderr', 'api-version', 'log-backtrace-at', 'log-dir', 'log-file'],
  ...['log-file-max-size', 'logtostderr', 'one-output', 'skip-headers', 'skip-log-headers', 'stderrthreshold'],
]);

/** Flags of kubectl 1.36 that would have no effect on this proxy. */
const refused = new Set([
  ...['as-user-extra', 'cache-dir', 'disable-compression', 'kuberc', 'log-flush-frequency', 'profile'],
  ...['profile-output', 'request-timeout', 'warnings-as-errors'],
]);

/** The flags that were given. The last value of a flag counts, except for lists. */
export class ProxyFlags {
  readonly #values = new Map<string, string[]>();

  /**
   * Reads flags as kubectl does: `--flag=value`, `--flag value`, `-pVALUE`, `-p VALUE`, booleans without a value. Words that are not flags
   * are ignored, as by kubectl. Throws an `Error` that names the flag for one that is unknown, dropped, or has a bad value, or that
   * `takes` does not accept.
   */
  constructor(args: readonly string[], takes: (name: string) => boolean = () => true) {
    for (let i = 0; i < args.length; i++) {
      const word = args[i] ?? '';
      if (word === '--') return;
      if (!word.startsWith('-') || word === '-') continue;
      const { name, value } = word.startsWith('--') ? long(word) : short(word);
      const kind = kindOf(name);
      if (!takes(name)) throw new Error(`unknown flag: --${name}`);
      const given = value ?? (kind === 'bool' ? 'true' : args[++i]);
      if (given === undefined) throw new Error(`flag needs an argument: ${word}`);
      check(name, kind, given);
      this.#values.set(name, [...(this.#values.get(name) ?? []), given]);
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  bool(name: string): boolean {
    const text = this.text(name);
    return text !== undefined && isTrue(text) === true;
  }

  int(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  /** A duration such as `1m30s`, in milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : milliseconds(text);
  }

  list(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }
}

function long(word: string): { name: string; value: string | undefined } {
  const at = word.indexOf('=');
  const name = at < 0 ? word.slice(2) : word.slice(2, at);
  return { name, value: at < 0 ? undefined : word.slice(at + 1) };
}

function short(word: string): { name: string; value: string | undefined } {
  const letter = word[1] ?? '';
  const name = Object.hasOwn(shorthands, letter) ? shorthands[letter] : undefined;
  if (name === undefined) throw new Error(`unknown shorthand flag: '${letter}' in ${word}`);
  const rest = word.slice(2);
  return { name, value: rest === '' ? undefined : rest.replace(/^=/, '') };
}

function kindOf(name: string): FlagKind {
  if (dropped.has(name)) throw new Error(`cannot use --${name}: kubectl 1.36 does not have it any more. Leave it out.`);
  if (refused.has(name)) throw new Error(`cannot use --${name}: it has no effect on this proxy. Leave it out.`);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw new Error(`unknown flag: --${name}`);
  return kind;
}

function check(name: string, kind: FlagKind, given: string): void {
  const isValid =
    kind === 'int'
      ? /^[+-]?\d{1,9}$/.test(given)
      : kind === 'bool'
        ? isTrue(given) !== undefined
        : kind !== 'duration' || milliseconds(given) !== undefined;
  if (isValid) return;
  const type = kind === 'int' ? 'a whole number' : kind === 'bool' ? 'true or false' : 'a duration such as 30s';
  throw new Error(`invalid argument ${JSON.stringify(given)} for --${name}: it is not ${type}`);
}

function isTrue(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}

const unitMs: { readonly [unit: string]: number } = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

function milliseconds(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[+-]?(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0);
  }
  return text.startsWith('-') ? -total : total;
}
