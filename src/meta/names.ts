import { encodeUtf8 } from '../util/bytes.js';

// Each function returns what is wrong with a name in the words an API server uses; an empty list means the name is fine.
// The rules and words are those of k8s.io/apimachinery (api/validate/content and util/validation).

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const qualified = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Qualified names as they mostly are: fine, if they are short enough. */
const usual =
  /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A DNS label by RFC 1123, such as the name of a namespace: at most 63 of `a-z`, `0-9` and inner `-`. */
export function dns1123LabelProblems(value: string): string[] {
  const problems = tooLong(value, 63, 'characters');
  if (label.test(value)) return problems;
  problems.push(
    isSubdomain(value)
      ? 'must not contain dots'
      : broken(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          labelFormat,
          ['my-name', '123-abc'],
        ),
  );
  return problems;
}

/** A DNS subdomain by RFC 1123, such as the name of most objects: labels joined by dots, at most 253 characters. */
export function dns1123SubdomainProblems(value: string): string[] {
  return subdomainProblems(value, 'characters');
}

/** A DNS label by RFC 1035, such as the name of a Service: as RFC 1123, but beginning with a letter. */
export function dns1035LabelProblems(value: string): string[] {
  const problems = tooLong(value, 63, 'characters');
  if (!/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(value)) {
    problems.push(
      broken(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        '[a-z]([-a-z0-9]*[a-z0-9])?',
        ['my-name', 'abc-123'],
      ),
    );
  }
  return problems;
}

/** A label key, annotation key or finalizer: a name of at most 63 characters, with an optional DNS subdomain and `/` before it. */
export function qualifiedNameProblems(value: string): string[] {
  // Nearly all are fine, and soon found to be.
  if (value.length <= 63 && usual.test(value)) return [];
  const parts = value.split('/');
  const examples = ['MyName', 'my.name', '123-abc'];
  if (parts.length > 2) {
    return [
      `a valid label key ${broken(qualifiedRule, qualifiedFormat, examples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    problems.push(...subdomainProblems(prefix, 'bytes').map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  problems.push(...tooLong(name, 63, 'bytes').map((problem) => `name part ${problem}`));
  if (!qualified.test(name)) problems.push(`name part ${broken(qualifiedRule, qualifiedFormat, examples)}`);
  return problems;
}

/** The value of a label: empty, or at most 63 of letters, digits and inner `-`, `_`, `.`. */
export function labelValueProblems(value: string): string[] {
  const problems = tooLong(value, 63, 'bytes');
  if (value !== '' && !qualified.test(value)) {
    problems.push(
      broken(
        `a valid label must be an empty string or consist of ${qualifiedRule.slice(16)}`,
        `(${qualifiedFormat})?`,
        ['MyValue', 'my_value', '12345'],
      ),
    );
  }
  return problems;
}

/** A name that can stand as one segment of a URL path; the least that every object's name must be. */
export function pathSegmentNameProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return pathSegmentPrefixProblems(name);
}

/** The beginning of a name that can stand as one segment of a URL path, such as a `generateName`. */
export function pathSegmentPrefixProblems(prefix: string): string[] {
  return ['/', '%'].filter((char) => prefix.includes(char)).map((char) => `may not contain '${char}'`);
}

/**
 * Prepares a `generateName` for the checks of whole names: a trailing dash is allowed, because more text follows it.
 * (As upstream, it replaces the last two characters.)
 */
export function maskTrailingDash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

function subdomainProblems(value: string, unit: 'bytes' | 'characters'): string[] {
  const problems = tooLong(value, 253, unit);
  if (!isSubdomain(value)) {
    problems.push(
      broken(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomainFormat,
        ['example.com'],
      ),
    );
  }
  return problems;
}

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function isSubdomain(value: string): boolean {
  return value.length <= 253 ? subdomain.test(value) : value.split('.').every((part) => label.test(part));
}

function tooLong(value: string, max: number, unit: 'bytes' | 'characters'): string[] {
  // A character is one to three bytes for each UTF-16 unit, so most values need no counting.
  if (value.length * 3 <= max || encodeUtf8(value).length <= max) return [];
  return [`must be no more than ${max} ${unit}`];
}

function broken(rule: string, format: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${format}')`;
}
