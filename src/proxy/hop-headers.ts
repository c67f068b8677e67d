import { hopByHop, namedByConnection } from '../util/hop-by-hop.js';

/** Returns the headers without those of the connection and those that `Connection` names. */
export function withoutHopHeaders(raw: readonly string[]): string[] {
  const pairs = pairsOf(raw);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => namedByConnection(value));
  return pairs.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !named.includes(name.toLowerCase())).flat();
}

/** Returns the headers without some of them. Names are in lower case. */
export function withoutHeaders(raw: readonly string[], ...names: readonly string[]): string[] {
  return pairsOf(raw)
    .filter(([name]) => !names.includes(name.toLowerCase()))
    .flat();
}

/** Returns names and values in pairs. */
export function pairsOf(raw: readonly string[]): (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return pairs;
}
