import { isObject } from '../../util/json-value.js';
import type { SchemaResolver } from '../schema-resolver.js';
import { deduced, type ListType, rootType, type Type } from './type-system.js';

/** Objects nested deeper than this have no shape, and no long ones: they are rare, and worked out anew each time. */
const maxDepth = 100;
const maxLength = 32 * 1024;

/**
 * Returns a text that two objects of a schema share exactly if they have the same fields, the same list items and the same empty places.
 * Their other values do not matter. The creators of such objects own the same fields. Returns undefined for an object that does not fit
 * its schema or is too large.
 */
export function shapeOf(object: unknown, schema: SchemaResolver): string | undefined {
  const shaper = new Shaper();
  shaper.visit(rootType(schema), object, 0);
  return shaper.fits ? shaper.text : undefined;
}

class Shaper {
  text = '';
  #lost = false;

  get fits(): boolean {
    return !this.#lost && this.text.length <= maxLength;
  }

  visit(type: Type, value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null) {
      this.text += isEmpty(value) ? shown(value) : '*';
      return;
    }
    const { list, map } = type.atom;
    if (depth > maxDepth || this.#lost) this.#lost = true;
    else if (Array.isArray(value)) {
      if (list === undefined) this.#lost = true;
      else if (list.atomic || value.length === 0) this.text += isEmpty(value) ? shown(value) : '*';
      else this.#items(list, value, depth);
    } else if (map === undefined) this.#lost = true;
    else if (map.atomic) this.text += isEmpty(value) ? shown(value) : '*';
    else {
      this.text += '{';
      for (const key of Object.keys(value)) {
        // Lengths keep apart what texts alone could not.
        this.text += `${key.length}:${key}`;
        this.visit(map.typeOf(key) ?? deduced, (value as { [key: string]: unknown })[key], depth + 1);
      }
      this.text += '}';
    }
  }

  #items(list: ListType, items: readonly unknown[], depth: number): void {
    this.text += '[';
    for (const item of items) {
      if (list.keys.length === 0) this.#identity(item);
      else if (!isObject(item)) this.#lost = true;
      else for (const key of list.keys) this.#identity(Object.hasOwn(item, key) ? item[key] : undefined);
      if (this.#lost) return;
      this.visit(list.items, item, depth + 1);
    }
    this.text += ']';
  }

  /** Adds the identity of an item. An absent key may have a default, but the same one in all items of the schema. */
  #identity(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.text += `"${value.length}:${value}`;
        break;
      case 'number':
      case 'boolean':
        this.text += `=${value}`;
        break;
      case 'undefined':
        this.text += '-';
        break;
      default:
        this.#lost = true;
    }
  }
}

/** The zeros of scalars, and those of quantities and durations. */
const emptyScalars = new Set<unknown>([null, '', 0, false, '0', '0s']);

/** Reports whether a value contains only zeros. The depth is bounded: a value that is too deep does not count as empty. */
function isEmpty(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return emptyScalars.has(value);
  if (depth > maxDepth) return false;
  if (Array.isArray(value)) return value.every((item) => isEmpty(item, depth + 1));
  return isObject(value) && Object.keys(value).every((key) => isEmpty(value[key], depth + 1));
}

/** An empty value, so that no other one is shown the same. */
function shown(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
