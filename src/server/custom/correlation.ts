import { fieldSchema, type JsonSchema } from '../../meta/json-schema.js';
import { equal, isObject, own } from '../../util/json-value.js';

/** The old value of a part of an object, if the schema tells which part it was. */
export class Correlation {
  constructor(
    private readonly schema: JsonSchema | undefined,
    readonly old: unknown,
    private readonly value: unknown,
  ) {}

  /** True if the value did not change. */
  get isUnchanged(): boolean {
    return equal(this.value, this.old);
  }

  /** The field before; undefined where it was not there, or where the map is one value as a whole. */
  field(name: string): Correlation | undefined {
    if (this.schema?.['x-kubernetes-map-type'] === 'atomic') return undefined;
    if (!isObject(this.old) || !isObject(this.value) || !Object.hasOwn(this.old, name)) return undefined;
    return new Correlation(fieldSchema(this.schema, name), own(this.old, name), own(this.value, name));
  }

  /** The item with the same keys before; undefined where there was none, or where the list has no keys. */
  item(item: unknown): Correlation | undefined {
    const keys = this.schema?.['x-kubernetes-list-map-keys'];
    if (this.schema?.['x-kubernetes-list-type'] !== 'map' || keys === undefined) return undefined;
    if (!Array.isArray(this.old) || !isObject(item)) return undefined;
    const same = this.old.filter((one) => isObject(one) && keys.every((key) => equal(own(one, key), own(item, key))));
    return same.length === 1 ? new Correlation(this.schema.items, same[0], item) : undefined;
  }
}
