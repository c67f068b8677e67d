import { dns1123SubdomainProblems } from '../../../../meta/index.js';
import { fieldsOf, listOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, required } from '../../../object/field-error.js';
import { ipProblems } from '../../../validation/addresses.js';

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchCharacters = 2_048;

/** Validates the DNS configuration of a pod. */
export function podDnsProblems(spec: JsonObject, path: string): FieldError[] {
  const at = `${path}.dnsConfig`;
  const config = fieldsOf(spec.dnsConfig);
  const servers = listOf(config.nameservers).map(textOf);
  if (spec.dnsPolicy === 'None' && (spec.dnsConfig === undefined || spec.dnsConfig === null))
    return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (spec.dnsPolicy === 'None' && servers.length === 0)
    return [required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  const errors: FieldError[] = [];
  if (servers.length > maxNameservers)
    errors.push(invalidValue(`${at}.nameservers`, servers, `must not have more than ${maxNameservers} nameservers`));
  for (const [index, server] of servers.entries()) errors.push(...ipProblems(`${at}.nameservers[${index}]`, server));
  errors.push(...searchProblems(listOf(config.searches).map(textOf), `${at}.searches`));
  for (const [index, option] of objectsOf(config.options).entries()) {
    if (textOf(option.name) === '') errors.push(required(`${at}.options[${index}]`, 'must not be empty'));
  }
  return errors;
}

function searchProblems(searches: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (searches.length > maxSearches)
    errors.push(invalidValue(path, searches, `must not have more than ${maxSearches} search paths`));
  if (searches.join(' ').length > maxSearchCharacters) {
    const why = `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`;
    errors.push(invalidValue(path, searches, why));
  }
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const domain = search.endsWith('.') ? search.slice(0, -1) : search;
    // Search paths may have underscores, which names of hosts may not.
    const faults = dns1123SubdomainProblems(domain.replaceAll('_', 'x')).map(withUnderscores);
    errors.push(...faults.map((why) => invalidValue(`${path}[${index}]`, domain, why)));
  }
  return errors;
}

/** A fault of a name, told of one that may have underscores. */
function withUnderscores(fault: string): string {
  return fault
    .replace("characters, '-' or '.'", "characters, '_', '-' or '.'")
    .replace(
      '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
      '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*',
    );
}

/** Validates the aliases in the hosts file of a pod. */
export function aliasProblems(spec: JsonObject, path: string): FieldError[] {
  return objectsOf(spec.hostAliases).flatMap((alias, index) => {
    const at = `${path}.hostAliases[${index}]`;
    return [
      ...ipProblems(`${at}.ip`, textOf(alias.ip)),
      ...listOf(alias.hostnames)
        .map(textOf)
        .flatMap((name, which) =>
          dns1123SubdomainProblems(name).map((why) => invalidValue(`${at}.hostnames[${which}]`, name, why)),
        ),
    ];
  });
}
