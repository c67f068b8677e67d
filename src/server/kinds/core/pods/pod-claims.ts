import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../meta/index.js';
import { objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notFoundValue, required } from '../../../object/field-error.js';

const sources = ['resourceClaimName', 'resourceClaimTemplateName'] as const;

/** Validates the resource claims of a pod. */
export function podClaimProblems(spec: JsonObject, path: string): FieldError[] {
  const names = new Set<string>();
  return objectsOf(spec.resourceClaims).flatMap((claim, index) => {
    const at = `${path}.resourceClaims[${index}]`;
    const name = textOf(claim.name);
    const errors = name === '' ? [required(`${at}.name`)] : nameProblems(`${at}.name`, name, names);
    const given = sources.filter((source) => claim[source] !== undefined && claim[source] !== null);
    const shown = { Name: name, ...inGo(claim, 'ResourceClaimName'), ...inGo(claim, 'ResourceClaimTemplateName') };
    if (given.length > 1)
      errors.push(invalidValue(at, shown, `at most one of \`${sources.join('` or `')}\` may be specified`));
    if (given.length === 0) errors.push(invalidValue(at, shown, `must specify one of: \`${sources.join('`, `')}\``));
    for (const source of given) {
      const value = textOf(claim[source]);
      errors.push(...dns1123SubdomainProblems(value).map((why) => invalidValue(`${at}.${source}`, value, why)));
    }
    return errors;
  });
}

function nameProblems(field: string, name: string, names: Set<string>): FieldError[] {
  if (names.has(name)) return [duplicate(field, name)];
  names.add(name);
  return dns1123LabelProblems(name).map((why) => invalidValue(field, name, why));
}

/** A field by the name that messages give it. */
function inGo(claim: JsonObject, name: string): JsonObject {
  return { [name]: claim[name.charAt(0).toLowerCase() + name.slice(1)] ?? null };
}

/** Validates a container's uses of its pod's claims. */
export function containerClaimProblems(resources: JsonObject, path: string, spec: JsonObject): FieldError[] {
  const known = objectsOf(spec.resourceClaims)
    .map(({ name }) => textOf(name))
    .filter((name) => name !== '');
  const used = new Set<string>();
  return objectsOf(resources.claims).flatMap((claim, index) => {
    const at = `${path}[${index}]`;
    const [name, request] = [textOf(claim.name), textOf(claim.request)];
    if (name === '') return [required(at)];
    const faults = request === '' || used.has(name) ? [] : dns1123LabelProblems(request);
    const errors = faults.map((why) => invalidValue(`${at}.request`, request, why));
    const key = used.has(name) || request === '' ? name : `${name}/${request}`;
    // A whole claim, and one request of it, are the same twice.
    const again = used.has(key) || (request === '' && [...used].some((one) => one.startsWith(`${name}/`)));
    if (again) errors.push(duplicate(at, key));
    used.add(key);
    return known.includes(name) ? errors : [...errors, unknownClaim(at, name, known)];
  });
}

function unknownClaim(field: string, name: string, known: readonly string[]): FieldError {
  const { message, ...error } = notFoundValue(field, name);
  const listed = known.length === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
  return { ...error, message: `${message}: must be one of the names in pod.spec.resourceClaims${listed}` };
}
