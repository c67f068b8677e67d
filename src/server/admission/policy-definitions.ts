import type { Program } from '../../cel/cel-environment.js';
import { type CelType, types } from '../../cel/types.js';
import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { type PolicyOptions, policyEnvironment } from '../policy/policy-environment.js';
import { compilePolicy, type PolicyExpression } from '../policy/policy-expressions.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import type { MatchCondition } from './match-conditions.js';

const group = 'admissionregistration.k8s.io';

/** The part that validating and mutating policies have in common. */
export interface CompiledPolicy {
  readonly name: string;
  readonly spec: JsonObject;
  readonly failsClosed: boolean;
  readonly variables: ReadonlyMap<string, Program | string>;
  readonly matchConditions: readonly MatchCondition[];
}

/** A binding of a policy, as it is kept. */
export interface PolicyBinding {
  readonly name: string;
  readonly policyName: string;
  readonly spec: JsonObject;
}

/** All objects of a kind of this group, each read once and not again until it is written. */
export async function keptOf<T>(
  { scheme, storage }: ServerContext,
  plural: string,
  known: WeakMap<KeyValue, T>,
  read: (object: ServerObject) => T,
): Promise<readonly T[]> {
  const resource = scheme.resource(group, 'v1', plural);
  if (resource === undefined) return [];
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await storage.range(start, end);
  return kvs.map((kv) => {
    let found = known.get(kv);
    if (found === undefined) {
      found = read(decodeStored(kv, resource));
      known.set(kv, found);
    }
    return found;
  });
}

const bindings = new WeakMap<KeyValue, PolicyBinding>();

/** All bindings of a kind. */
export function bindingsOf(server: ServerContext, plural: string): Promise<readonly PolicyBinding[]> {
  return keptOf(server, plural, bindings, ({ metadata, spec }) => {
    const fields = fieldsOf(spec);
    return { name: metadata.name ?? '', policyName: textOf(fields.policyName), spec: fields };
  });
}

/** Which options the expressions of a policy have, beside those of the place they stand at. */
function optionsOf(spec: JsonObject, variables?: ReadonlyMap<string, CelType>): PolicyOptions {
  return { params: spec.paramKind !== undefined, authorizer: true, variables: variables ?? new Map() };
}

/** The variables of a policy: each may use those before it. */
function compileVariables(spec: JsonObject): {
  programs: ReadonlyMap<string, Program | string>;
  types: ReadonlyMap<string, CelType>;
} {
  const programs = new Map<string, Program | string>();
  const found = new Map<string, CelType>();
  for (const { name, expression } of objectsOf(spec.variables)) {
    const program = compilePolicy(policyEnvironment(optionsOf(spec, found)), textOf(expression), []);
    programs.set(textOf(name), program);
    found.set(textOf(name), typeof program === 'string' ? types.dyn : program.type);
  }
  return { programs, types: found };
}

/** Compiles the common part of a policy. `options` are those of its expressions. */
export function compileCommon({ metadata, spec }: ServerObject): { common: CompiledPolicy; options: PolicyOptions } {
  const fields = fieldsOf(spec);
  const variables = compileVariables(fields);
  const options = optionsOf(fields, variables.types);
  const environment = policyEnvironment(options);
  const matchConditions = objectsOf(fields.matchConditions).map(({ name, expression }) => {
    const text = textOf(expression);
    return { name: textOf(name), text, program: compilePolicy(environment, text, [types.bool]) };
  });
  const common: CompiledPolicy = {
    name: metadata.name ?? '',
    spec: fields,
    failsClosed: fields.failurePolicy !== 'Ignore',
    variables: variables.programs,
    matchConditions,
  };
  return { common, options };
}

/** An expression of a policy; undefined where it is not there. */
export function expressionOf(text: unknown, options: PolicyOptions, wanted: readonly CelType[]): PolicyExpression {
  return { text: textOf(text), program: compilePolicy(policyEnvironment(options), textOf(text), wanted) };
}
