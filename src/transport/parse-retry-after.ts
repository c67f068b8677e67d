/**
 * Returns the time that a `Retry-After` header asks to wait, in milliseconds. The header holds whole seconds or an HTTP date (RFC 9110,
 * 10.2.3); `now` is in milliseconds since the epoch. Returns undefined if it is absent or neither.
 */
export function parseRetryAfter(header: string | readonly string[] | undefined, now: number): number | undefined {
  const value = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Only real dates: Date.parse takes "-5" and other oddities for years.
  const date = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
