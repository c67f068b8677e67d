import { toJson, typeNameFaults } from '../../cel/to-json.js';
import { CelError, type CelValue, isList, isMap } from '../../cel/values.js';
import { applyJsonPatch, mergeConfiguration, PatchError, PatchTestFailed } from '../../patch/index.js';
import { fieldsOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { strategyOf } from '../kinds/index.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServerObject } from '../object/server-object.js';
import { failure, StatusError } from '../object/status-error.js';
import { type PolicyOptions, patchTypes } from '../policy/policy-environment.js';
import type { PolicyExpression, PolicyRun } from '../policy/policy-expressions.js';
import { decodeKind, kindOf } from '../scheme/decode-object.js';
import { applySchemaDefaults } from '../scheme/schema-defaults.js';
import { expressionOf } from './policy-definitions.js';

/** One change a policy makes. */
export interface Mutation {
  readonly patchType: keyof typeof patchTypes;
  readonly expression: PolicyExpression;
}

/** Reads a mutation of a policy. */
export function compileMutation(
  { patchType, jsonPatch, applyConfiguration }: JsonObject,
  options: PolicyOptions,
): Mutation {
  const type = patchType === 'JSONPatch' ? 'JSONPatch' : 'ApplyConfiguration';
  const { expression } = fieldsOf(type === 'JSONPatch' ? jsonPatch : applyConfiguration);
  return { patchType: type, expression: expressionOf(expression, { ...options, patches: true }, [patchTypes[type]]) };
}

/** Why a mutation cannot be made. */
export class MutationFault extends Error {}

/** Applies a mutation to the object of a write. Throws a MutationFault. */
export async function mutated(
  { patchType, expression }: Mutation,
  run: PolicyRun,
  attributes: AdmissionAttributes & { readonly object: ServerObject },
): Promise<ServerObject> {
  const { object, request } = attributes;
  if (typeof expression.program === 'string') throw new MutationFault(expression.program);
  const result = await run.evaluate(expression);
  if ('error' in result) throw new MutationFault(result.error);
  try {
    const made =
      patchType === 'JSONPatch'
        ? applyJsonPatch(object, operationsOf(result.value))
        : applied(result.value, attributes);
    return decoded(made, attributes);
  } catch (error) {
    if (error instanceof PatchTestFailed) return object;
    if (error instanceof PatchError) throw new MutationFault(`JSON Patch: ${error.detail ?? error.message}`);
    if (error instanceof CelError) throw new MutationFault(error.message);
    if (error instanceof StatusError && error.status.code === 400) throw new MutationFault(error.message);
    throw error;
  }
  function applied(value: CelValue, { object: live }: { readonly object: ServerObject }): JsonObject {
    checkNames(value);
    const configuration = { ...fieldsOf(toJson(value)), apiVersion: live.apiVersion, kind: live.kind };
    try {
      return mergeConfiguration(live, configuration, request.server.scheme.resolver(request.resource));
    } catch (error) {
      if (error instanceof Error) throw new MutationFault(`error applying patch: ${error.message}`);
      throw error;
    }
  }
}

function checkNames(value: CelValue): void {
  const faults = typeNameFaults(value);
  if (faults.length > 0) throw new MutationFault(`type mismatch: ${faults.join('\n')}`);
}

/** The operations of a JSON patch. */
function operationsOf(value: CelValue): JsonObject[] {
  return (isList(value) ? value : []).map((one) => {
    if (typeof one !== 'object' || one === null || isList(one) || !isMap(one)) throw new CelError('no JSONPatch');
    const given = one.get('value');
    if (given !== undefined) checkNames(given);
    const from = one.get('from');
    return {
      op: one.get('op') ?? '',
      path: one.get('path') ?? '',
      ...(typeof from === 'string' && from !== '' && { from }),
      ...(given !== undefined && { value: toJson(given) }),
    };
  });
}

/** Decodes the result of a patch as an object of the kind, with its defaults. */
function decoded(value: unknown, { request, kind, old, object }: AdmissionAttributes): ServerObject {
  const { resource, server } = request;
  if (!isObject(value)) throw new MutationFault('the patch leaves no object');
  if (value.kind !== object?.kind || value.apiVersion !== object?.apiVersion) {
    throw failure(
      500,
      'InternalError',
      `Internal error occurred: the patch makes a ${JSON.stringify(value.kind)} of a ${object?.kind}`,
    );
  }
  const made = decodeKind(value, kind ?? kindOf(resource), [], { keepEmpty: true });
  if (kind !== undefined) return made;
  applySchemaDefaults(server.scheme, resource, made);
  strategyOf(resource).defaults?.(made, old);
  return made;
}
