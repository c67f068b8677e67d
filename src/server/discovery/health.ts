import type { Timer } from '../../util/clock.js';
import { textResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import type { ServerContext } from '../object/server-context.js';
import { type HealthCheck, type HealthEndpoint, healthChecks, healthEndpoint } from './health-checks.js';

/** A check that takes longer fails. */
const longestCheckMs = 2_000;

const nosniff = { 'x-content-type-options': 'nosniff' };

/** Answers `/healthz`, `/livez` and `/readyz`, whole or for one check by name. Undefined for a check that does not exist. */
export async function health(
  server: ServerContext,
  segments: readonly string[],
  query: URLSearchParams,
): Promise<ServerResponse | undefined> {
  const endpoint = healthEndpoint(segments[0] ?? '');
  if (endpoint === undefined) return undefined;
  const name = segments.slice(1).join('/');
  if (name === '') return allChecks(server, endpoint, query);
  const named = healthChecks[endpoint].find((one) => one.name === name);
  if (named === undefined) return undefined;
  const reason = await failureOf(server, named);
  return reason === undefined
    ? textResponse(200, 'ok')
    : textResponse(500, `internal server error: ${reason}\n`, nosniff);
}

async function allChecks(
  server: ServerContext,
  endpoint: HealthEndpoint,
  query: URLSearchParams,
): Promise<ServerResponse> {
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const one of healthChecks[endpoint]) {
    const { name } = one;
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const passed = (await failureOf(server, one)) === undefined;
    server.healthResults.note(name, endpoint, passed);
    lines.push(passed ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
    failed ||= !passed;
  }
  if (excluded.size > 0) {
    const unknown = [...excluded].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(',')}`);
  }
  if (failed) return textResponse(500, `${lines.join('\n')}\n${endpoint} check failed\n`, nosniff);
  if (!query.has('verbose')) return textResponse(200, 'ok', nosniff);
  return textResponse(200, `${lines.join('\n')}\n${endpoint} check passed\n`, nosniff);
}

/** Returns why a check fails; undefined when it passes. */
async function failureOf(server: ServerContext, { name, check }: HealthCheck): Promise<string | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<string>((resolve) => {
    timer = server.clock.setTimer(longestCheckMs, () => resolve(`${name} failed: context deadline exceeded`));
  });
  try {
    return await Promise.race([check(server), late]);
  } catch {
    return `${name} failed`;
  } finally {
    timer?.cancel();
  }
}
