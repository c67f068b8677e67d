import { badRequest, failure, type StatusError } from '../object/status-error.js';

/** The query of a list or watch, parsed and checked against itself. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly shardSelector: string;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  /** Undefined when not given: the old behaviour. */
  readonly sendInitialEvents: boolean | undefined;
  /** Undefined when not given. */
  readonly timeoutSeconds: number | undefined;
}

/** Reads the query. Throws a 400 for a value that is not a number. */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const limit = integer(query, 'limit') ?? 0;
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    shardSelector: query.get('shardSelector') ?? '',
    limit: Math.max(0, limit),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    watch: flag(query, 'watch') ?? false,
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  };
}

/** The rules between the options, with the real server's words. Throws 422 with a cause per broken rule. */
export function checkListOptions(options: ListOptions): void {
  const errors = options.watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalidOptions(errors);
}

interface OptionError {
  readonly field: string;
  readonly reason: 'FieldValueForbidden' | 'FieldValueNotSupported';
  readonly message: string;
}

const match = 'resourceVersionMatch';

function forbidden(field: string, why: string): OptionError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

function unsupported(value: string, supported: readonly string[]): OptionError {
  const listed = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    field: match,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${listed}`,
  };
}

function listErrors(options: ListOptions): OptionError[] {
  const errors: OptionError[] = [];
  const { resourceVersion, resourceVersionMatch, continueToken } = options;
  if (resourceVersionMatch !== '') {
    if (resourceVersion === '')
      errors.push(forbidden(match, `${match} is forbidden unless resourceVersion is provided`));
    if (continueToken !== '') errors.push(forbidden(match, `${match} is forbidden when continue is provided`));
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan')
      errors.push(unsupported(resourceVersionMatch, ['Exact', 'NotOlderThan', '']));
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0')
      errors.push(forbidden(match, `${match} "exact" is forbidden for resourceVersion "0"`));
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors({
  resourceVersionMatch,
  sendInitialEvents,
  continueToken,
  resourceVersion,
}: ListOptions): OptionError[] {
  const errors: OptionError[] = [];
  const given = resourceVersionMatch !== '';
  // A watch from no version asks for what there is as if it had said so.
  const asked = given || (sendInitialEvents === undefined && (resourceVersion === '' || resourceVersion === '0'));
  const current = resourceVersionMatch === 'NotOlderThan';
  if (sendInitialEvents !== undefined && !current)
    errors.push(forbidden(match, `sendInitialEvents requires setting ${match} to NotOlderThan`));
  if (given && sendInitialEvents === undefined)
    errors.push(forbidden(match, `${match} is forbidden for watch unless sendInitialEvents is provided`));
  if (given && !current) errors.push(unsupported(resourceVersionMatch, ['NotOlderThan']));
  if (asked && continueToken !== '') errors.push(forbidden(match, `${match} is forbidden when continue is provided`));
  return errors;
}

function invalidOptions(errors: readonly OptionError[]): StatusError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return failure(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: errors.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}

/** An int64 of the query. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (Math.abs(value) > 2 ** 63)
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

/**
 * Reads a boolean of the query as kube-apiserver does: `false` in any case and `0` are false, everything else is true, an empty value too.
 * Authorization and dispatch both use it, so that the verb that is authorized is the verb that runs.
 */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : text.toLowerCase() !== 'false' && text !== '0';
}
