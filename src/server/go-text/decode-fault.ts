import { isObject } from '../../util/json-value.js';
import { typeFact } from '../../wire/protobuf/field-facts.js';
import { base64Fault, customFault, type Fault, integerFault, wrongType } from './custom-fault.js';
import { type GoField, goFields, goName } from './go-fields.js';

/**
 * Returns what Go's JSON decoder says of a value that a type cannot hold, undefined if it can.
 *
 * The decoder goes through the value in the order of the text. It reports the first value of the wrong type, unless a type that reads its
 * JSON itself, such as a time, refuses one later: that ends the decoding at once.
 */
export function decodeFault(type: string, value: unknown): string | undefined {
  const search = new DecodeSearch();
  try {
    search.element(type, goName(type), value);
  } catch (error) {
    if (error instanceof Stop) return error.text;
    throw error;
  }
  return search.saved;
}

const schemaType = 'apiextensions/v1.JSONSchemaProps';
const schemaForms = 'apiextensions/v1.JSONSchemaPropsOr';

/** The end of the decoding. */
class Stop {
  constructor(readonly text: string) {}
}

class DecodeSearch {
  /** The first fault that did not end the decoding. */
  saved: string | undefined;
  /** The innermost struct, and the fields that lead to the value. */
  #owner = '';
  readonly #path: string[] = [];

  element(type: string, goType: string, value: unknown): void {
    if (value === null) return;
    const fact = typeFact(type);
    if (scalars.has(type)) this.#save(scalarFault(type, goType, value));
    else if (typeof fact === 'string') this.#items(fact, goName(fact), goType, value);
    else if (fact === undefined) {
      const fault = customFault(type, value);
      if (fault !== undefined) throw new Stop(this.#located(fault));
      if (type.startsWith(schemaForms)) this.#schemas(value);
    } else if (isObject(value)) this.#struct(type, value);
    else this.#save(wrongType(value, goType));
  }

  /** A type that holds a schema or a list of schemas decodes it by itself, so that a fault in there ends the decoding. */
  #schemas(value: unknown): void {
    const before = this.saved;
    this.saved = undefined;
    for (const schema of Array.isArray(value) ? value : [value])
      if (isObject(schema)) this.element(schemaType, goName(schemaType), schema);
    if (this.saved !== undefined) throw new Stop(this.saved);
    this.saved = before;
  }

  #struct(type: string, value: { readonly [key: string]: unknown }): void {
    const fields = goFields(type);
    const owner = this.#owner;
    for (const key of Object.keys(value)) {
      const field = fields?.find(({ name }) => name === key);
      if (field === undefined) continue;
      this.#owner = type.slice(type.lastIndexOf('.') + 1);
      const depth = this.#path.length;
      this.#path.push(...field.embedded, key);
      this.#field(field, value[key]);
      this.#path.length = depth;
    }
    this.#owner = owner;
  }

  #field({ type, list, map, goType, itemType }: GoField, value: unknown): void {
    if (value === null) return;
    if (list) this.#items(type, itemType, goType, value);
    else if (!map) this.element(type, goType, value);
    else if (isObject(value)) for (const inner of Object.values(value)) this.element(type, itemType, inner);
    else this.#save(wrongType(value, goType));
  }

  #items(type: string, itemType: string, goType: string, value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.element(type, itemType, item);
    else this.#save(wrongType(value, goType));
  }

  #save(fault: Fault | undefined): void {
    if (fault !== undefined) this.saved ??= this.#located(fault);
  }

  /** Returns the text of a fault here: the innermost struct, then the whole path without indexes and keys of maps. */
  #located({ text, type }: Fault): string {
    if (type === undefined) return text;
    const where = this.#path.length === 0 ? 'Go value' : `Go struct field ${this.#owner}.${this.#path.join('.')}`;
    return `${text} ${where} of type ${type}`;
  }
}

const scalars: ReadonlySet<string> = new Set(['string', 'bool', 'int32', 'int64', 'float64', 'bytes']);

function scalarFault(type: string, goType: string, value: unknown): Fault | undefined {
  switch (type) {
    case 'int32':
    case 'int64': {
      const fault = integerFault(value, type);
      return fault === undefined ? undefined : { ...fault, type: goType };
    }
    case 'bytes': {
      if (typeof value !== 'string') return wrongType(value, goType);
      const text = base64Fault(value);
      return text === undefined ? undefined : { text };
    }
    default:
      return typeof value === jsonTypes[type] ? undefined : wrongType(value, goType);
  }
}

const jsonTypes: { readonly [scalar: string]: string } = { string: 'string', bool: 'boolean', float64: 'number' };
