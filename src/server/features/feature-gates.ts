import { type KnownGate, knownGates } from './known-gates.js';

/** Tells whether a feature is on. */
export interface FeatureGates {
  enabled(gate: SupportedGate): boolean;
  /** Sentences about gates that were set and change nothing on this server. */
  readonly warnings: readonly string[];
}

/** The gates that change something on this server, with their defaults here. */
const supported = {
  AuthorizePodWebsocketUpgradeCreatePermission: true,
  ConstrainedImpersonation: true,
  ExtendWebSocketsToKubelet: true,
  // No gate of kube-apiserver: it lost these paths in 1.10.
  LegacyProxyPaths: true,
  PodLogsQuerySplitStreams: false,
  PortForwardWebsockets: true,
  // Alpha in 1.36, and off there: a client that asks for a shard would silently receive everything.
  ShardedListAndWatch: true,
  TranslateStreamCloseWebsocketRequests: true,
} as const satisfies { readonly [gate: string]: boolean };

/** The name of a gate that changes something on this server. */
type SupportedGate = keyof typeof supported;

/** The gates that only this server has. */
const own: readonly string[] = ['LegacyProxyPaths'];

/**
 * Reads kube-apiserver's `--feature-gates`, such as `ShardedListAndWatch=false,kube:AllAlpha=true`. Throws for a name that neither
 * kube-apiserver 1.36 nor this server has, for a locked gate, and for a value that is not a boolean.
 */
export function featureGates(text = ''): FeatureGates {
  const known = knownGates();
  const asked = new Map(parse(text));
  const values = new Map<string, boolean>(Object.entries(supported));
  const warnings: string[] = [];
  for (const [name, stage] of [
    ['AllAlpha', 'alpha'],
    ['AllBeta', 'beta'],
  ] as const) {
    const all = asked.get(name);
    if (all === undefined) continue;
    for (const gate of values.keys()) if (known.get(gate)?.stage === stage) values.set(gate, all);
  }
  for (const [name, value] of asked) {
    const gate = known.get(name);
    if (gate === undefined && !own.includes(name)) throw new Error(`unrecognized feature gate: ${name}`);
    if (gate !== undefined) checkLock(name, value, gate);
    if (values.has(name)) values.set(name, value);
    else if (value !== gate?.default) warnings.push(`the feature gate ${name} changes nothing on this server`);
  }
  return { enabled: (gate) => values.get(gate) ?? false, warnings };
}

function checkLock(name: string, value: boolean, gate: KnownGate): void {
  if (!gate.locked || value === gate.default) return;
  throw new Error(`cannot set feature gate ${name} to ${value}, feature is locked to ${gate.default}`);
}

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function* parse(text: string): Generator<[string, boolean]> {
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const at = item.indexOf('=');
    const name = (at < 0 ? item : item.slice(0, at)).trim().replace(/^kube:/, '');
    if (at < 0) throw new Error(`missing bool value for ${name}`);
    const value = item.slice(at + 1).trim();
    if (!trueWords.has(value) && !falseWords.has(value)) {
      const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
      throw new Error(`invalid value of ${name}=${value}, err: ${why}`);
    }
    yield [name, trueWords.has(value)];
  }
}
