/**
 * A point in time as the API writes it: RFC 3339 in UTC with whole seconds, such as `2026-01-31T12:00:00Z`.
 * Always a string, never a `Date`: what was read is written back unchanged. `parseTime` and `formatTime` convert.
 */
export type Time = string;

/**
 * A point in time with microseconds: RFC 3339 in UTC with six fraction digits, such as `2026-01-31T12:00:00.000001Z`.
 * Leases compare these to the digit, so they stay strings. `parseMicroTime` and `formatMicroTime` convert.
 */
export type MicroTime = string;

/** A span of time as Go writes it, such as `1h30m0s` or `250ms`. */
export type Duration = string;

/**
 * An exact decimal number with an optional suffix, such as `500m`, `1.5Gi` or `2e3`.
 * The API also accepts a plain number; it always answers with a string in canonical form.
 */
export type Quantity = string | number;

/** A port or a count that may be a number or a name or percentage, such as `8080`, `"http"` or `"25%"`. */
export type IntOrString = number | string;

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object of a kind its holder does not fix: the object's own fields, `apiVersion` and `kind` among them. */
export interface RawExtension {
  [field: string]: unknown;
}
