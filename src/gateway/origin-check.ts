/**
 * Returns why a request is refused, or undefined. A browser says where a request comes from: by `Origin` for WebSockets and writes, and by
 * Fetch Metadata for everything. A request that says neither does not come from the page of a browser.
 *
 * `origins` are the only allowed origins; without them, it is the host that the request was sent to.
 */
export function originProblem(headers: Headers, origins: readonly string[] | undefined): string | undefined {
  const problem = 'the request comes from a page of another origin';
  const origin = headers.get('origin');
  if (origin !== null) return isAllowed(origin, headers.get('host'), origins) ? undefined : problem;
  const site = headers.get('sec-fetch-site');
  return site === null || site === 'same-origin' || site === 'none' ? undefined : problem;
}

function isAllowed(origin: string, host: string | null, origins: readonly string[] | undefined): boolean {
  if (origins !== undefined) return origins.includes(origin);
  const own = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return own !== undefined && own.toLowerCase() === host?.toLowerCase();
}
