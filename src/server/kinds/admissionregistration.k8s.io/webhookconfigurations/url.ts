import { type FieldError, invalidValue, required } from '../../../object/field-error.js';

/** The parts of a URL that the rules of webhooks look at, as Go's `net/url` splits it. */
interface UrlParts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

const form = '; desired format: https://host[/path]';

/** Checks the `url` of a webhook: https, a host, and nothing but a path besides. */
export function webhookUrlProblems(field: string, text: string): FieldError[] {
  const url = parseUrl(text);
  if (typeof url === 'string') return [required(field, `url must be a valid URL: ${url}${form}`)];
  const errors: FieldError[] = [];
  const complain = (value: string, why: string): void => void errors.push(invalidValue(field, value, why));
  if (url.scheme !== 'https') complain(url.scheme, `'https' is the only allowed URL scheme${form}`);
  if (url.host === '') complain(url.host, `host must be specified${form}`);
  if (url.user !== undefined) complain(url.user, 'user information is not permitted in the URL');
  if (url.fragment !== '') complain(url.fragment, 'fragments are not permitted in the URL');
  if (url.query !== '') complain(url.query, 'query parameters are not permitted in the URL');
  return errors;
}

/** Splits a URL, or returns Go's message about it. */
function parseUrl(text: string): UrlParts | string {
  const fail = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  const hash = text.indexOf('#');
  const [whole, fragment] = hash < 0 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)];
  if ([...whole].some((char) => char < ' ' || char === '\x7f'))
    return fail('net/url: invalid control character in URL');
  if (whole.startsWith(':')) return fail('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(whole)?.[1];
  const rest = scheme === undefined ? whole : whole.slice(scheme.length + 1);
  const question = rest.indexOf('?');
  const [place, query] = question < 0 ? [rest, ''] : [rest.slice(0, question), rest.slice(question + 1)];
  const none = { scheme: (scheme ?? '').toLowerCase(), user: undefined, host: '', query, fragment };
  if (!place.startsWith('/')) {
    if (scheme !== undefined) return none;
    if (place.split('/', 1)[0]?.includes(':') === true) return fail('first path segment in URL cannot contain colon');
  }
  const hasAuthority = place.startsWith('//') && (scheme !== undefined || !place.startsWith('///'));
  const authority = hasAuthority ? (/^\/\/([^/]*)/.exec(place)?.[1] ?? '') : '';
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const fault = hostFault(host) ?? escapeFault(hasAuthority ? place.slice(2 + authority.length) : place);
  if (fault !== undefined) return fail(fault);
  return { ...none, user: at < 0 ? undefined : authority.slice(0, at), host };
}

function hostFault(host: string): string | undefined {
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  const port = /^(?:\[[^\]]*\]|[^:]*)(.*)$/.exec(host)?.[1] ?? '';
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  const odd = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (odd !== undefined) return `invalid character ${JSON.stringify(odd)} in host name`;
  return escapeFault(host);
}

function escapeFault(text: string): string | undefined {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0];
  return bad === undefined ? undefined : `invalid URL escape ${JSON.stringify(bad)}`;
}
