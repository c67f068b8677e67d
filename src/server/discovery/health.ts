import { textResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';

const nosniff = { 'x-content-type-options': 'nosniff' };

/** What can be asked about by name, in the order a verbose answer lists it. */
const checks: { readonly [endpoint: string]: readonly string[] } = {
  healthz: ['ping', 'log', 'storage'],
  livez: ['ping', 'log', 'storage'],
  readyz: ['ping', 'log', 'storage', 'shutdown'],
};

/** `/healthz`, `/livez` and `/readyz`, whole or one check of theirs. Undefined for a check that does not exist. */
export function health(
  segments: readonly string[],
  query: URLSearchParams,
  closing: boolean,
): ServerResponse | undefined {
  const [endpoint = '', check] = segments;
  const known = Object.hasOwn(checks, endpoint) ? checks[endpoint] : undefined;
  if (known === undefined || segments.length > 2 || (check !== undefined && !known.includes(check))) return undefined;
  if (closing && endpoint === 'readyz') return textResponse(503, 'shutting down', nosniff);
  if (!query.has('verbose') || check !== undefined) return textResponse(200, 'ok', nosniff);
  const excluded = query.getAll('exclude');
  const lines = known.map((name) => (excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`));
  return textResponse(200, `${lines.join('\n')}\n${endpoint} check passed\n`, nosniff);
}
