import { Environment } from '../../../cel/cel-environment.js';
import { formatType, mapType, structType, types } from '../../../cel/types.js';
import { fieldsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import { lazy } from '../../../util/lazy.js';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../../object/field-error.js';

const maxExpressionBytes = 10 * 1024;
const maxCost = 1_000_000;

const maps = 32;
/** The most that the parts of a device can hold, by their path from the variable `device`. */
const sizes: { readonly [path: string]: number } = {
  'device.driver': 63,
  'device.attributes': maps,
  'device.attributes.@keys': 63,
  'device.attributes.@values': maps,
  'device.attributes.@values.@keys': 32,
  'device.attributes.@values.@values': 64,
  'device.capacity': maps,
  'device.capacity.@keys': 63,
  'device.capacity.@values': maps,
  'device.capacity.@values.@keys': 32,
};

/** The environment of expressions about devices. */
const deviceEnvironment = lazy((): Environment => {
  const byDomain = (value: typeof types.dyn | typeof types.quantity) =>
    mapType(types.string, mapType(types.string, value));
  return new Environment(
    new Map([['device', structType('kubernetes.DRADevice')]]),
    new Map([
      [
        'kubernetes.DRADevice',
        new Map([
          ['driver', types.string],
          ['attributes', byDomain(types.dyn)],
          ['capacity', byDomain(types.quantity)],
          ['allowMultipleAllocations', types.bool],
        ]),
      ],
    ]),
  );
});

/** Checks one selector of devices: an expression that compiles and does not cost too much. */
export function deviceSelectorProblems({ cel }: JsonObject, path: string): FieldError[] {
  if (cel === undefined || cel === null) return [required(`${path}.cel`)];
  const text = textOf(fieldsOf(cel).expression);
  const field = `${path}.cel.expression`;
  if (Buffer.byteLength(text) > maxExpressionBytes) return [tooLong(field, maxExpressionBytes)];
  const program = deviceEnvironment().compile(text);
  if (typeof program === 'string') return [invalidValue(field, text, program)];
  const type = formatType(program.type);
  if (type !== 'bool' && type !== 'dyn')
    return [invalidValue(field, text, `must evaluate to bool or the unknown type, not ${type}`)];
  const { max } = program.estimate((steps) => sizes[steps.map(generic).join('.')]);
  return max > maxCost ? [forbiddenField(field, 'too complex, exceeds cost limit')] : [];
}

/** A step below a map is one of its values, whatever its key. */
function generic(step: string, index: number): string {
  return index < 2 || step.startsWith('@') ? step : '@values';
}
