import type { JsonObject } from '../../util/json-value.js';
import type { SchemaResolver } from '../schema-resolver.js';
import { rootType, type Type } from './type-system.js';

/** An object in one version, with the schema of that version. */
interface VersionedObject {
  object: JsonObject;
  schema: SchemaResolver;
}

/** Converts an object to another version. Returns undefined for a version that is not served any more. */
export type Convert = (object: JsonObject, apiVersion: string) => VersionedObject | undefined;

/** A value with its type. */
export interface Typed {
  type: Type;
  value: JsonObject;
}

/** Shows objects in the version a manager speaks: entries of managedFields are in the words of their writer. */
export class Versions {
  constructor(
    private readonly schema: SchemaResolver,
    /** The version of the request, in which objects come in. */
    readonly apiVersion: string,
    private readonly convert?: Convert | undefined,
  ) {}

  /** The object in the version of the request. */
  typed(object: JsonObject): Typed {
    return { type: rootType(this.schema), value: object };
  }

  /**
   * Converts the object to another version. Returns undefined if it is not served any more. Without a converter all versions look alike.
   */
  at(object: JsonObject, apiVersion: string): Typed | undefined {
    if (this.convert === undefined || (apiVersion === this.apiVersion && object.apiVersion === apiVersion)) {
      return this.typed(object);
    }
    if (apiVersion === this.apiVersion && object.apiVersion === undefined) return this.typed(object);
    const converted = this.convert(object, apiVersion);
    return converted === undefined ? undefined : { type: rootType(converted.schema), value: converted.object };
  }
}
