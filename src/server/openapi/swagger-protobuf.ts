import { Buffer } from 'node:buffer';
import { isObject } from '../../util/json-value.js';

type Json = { readonly [field: string]: unknown };
type Write = (value: unknown) => Buffer | undefined;

/** One field of a message: its number, how a value is written, and whether the JSON form is a list of values. */
interface Field {
  readonly number: number;
  readonly wire: 0 | 1 | 2;
  readonly write: Write;
  readonly repeated?: boolean;
}

function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function written({ number, wire, write }: Field, value: unknown): Buffer {
  const bytes = write(value);
  if (bytes === undefined) return Buffer.alloc(0);
  const tag = varint((number << 3) | wire);
  return wire === 2 ? Buffer.concat([tag, varint(bytes.length), bytes]) : Buffer.concat([tag, bytes]);
}

const text = (number: number): Field => ({
  number,
  wire: 2,
  write: (value) => (typeof value === 'string' && value !== '' ? Buffer.from(value) : undefined),
});
const texts = (number: number): Field => ({
  number,
  wire: 2,
  repeated: true,
  write: (value) => Buffer.from(String(value)),
});
const flag = (number: number): Field => ({
  number,
  wire: 0,
  write: (value) => (value === true ? varint(1) : undefined),
});
const whole = (number: number): Field => ({
  number,
  wire: 0,
  write: (value) => (typeof value === 'number' && value !== 0 ? varint(Math.trunc(value)) : undefined),
});
const double = (number: number): Field => ({
  number,
  wire: 1,
  write: (value) => {
    if (typeof value !== 'number' || value === 0) return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  },
});
const message = (number: number, write: Write): Field => ({ number, wire: 2, write });
const messages = (number: number, write: Write): Field => ({ number, wire: 2, write, repeated: true });

/** A value of any form, as YAML. JSON is YAML. */
const anything = fieldsWriter({ yaml: text(2) });
const any = (number: number): Field => message(number, (value) => anything({ yaml: `${JSON.stringify(value)}\n` }));
const anys = (number: number): Field => ({ ...any(number), repeated: true });

/** A message from an object with these fields. What begins with `x-` goes into the vendor extensions, if the message has them. */
function fieldsWriter(fields: { readonly [name: string]: Field }, extensions?: number): Write {
  return (value) => {
    if (!isObject(value)) return undefined;
    const parts: Buffer[] = [];
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined || inner === null) continue;
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field !== undefined) {
        const values = field.repeated === true ? (Array.isArray(inner) ? inner : []) : [inner];
        for (const one of values) parts.push(written(field, one));
      } else if (extensions !== undefined && name.startsWith('x-')) {
        parts.push(written(message(extensions, named(any(2))), [name, inner]));
      }
    }
    return Buffer.concat(parts);
  };
}

/** An entry of a map: its key and its value. */
function named(field: Field): Write {
  return (entry) => {
    const [name, value] = entry as [string, unknown];
    return Buffer.concat([written(text(1), name), written(field, value)]);
  };
}

/** A map: entries of one kind, and beside them, where `extensions` says so, what begins with `x-`. */
function mapWriter(number: number, write: Write, extensions?: number): Write {
  return (value) => {
    if (!isObject(value)) return undefined;
    const entries = Object.entries(value).map((entry) =>
      extensions !== undefined && entry[0].startsWith('x-')
        ? written(message(extensions, named(any(2))), entry)
        : written(message(number, named(message(2, write))), entry),
    );
    return Buffer.concat(entries);
  };
}

/** One of several messages, by the value: the number says which. */
const choice =
  (choose: (value: Json) => Field): Write =>
  (value) =>
    isObject(value) ? written(choose(value), value) : undefined;

const schema: Write = (value) => schemaFields(value);
const schemaFields = fieldsWriter(
  {
    $ref: text(1),
    format: text(2),
    title: text(3),
    description: text(4),
    default: any(5),
    multipleOf: double(6),
    maximum: double(7),
    exclusiveMaximum: flag(8),
    minimum: double(9),
    exclusiveMinimum: flag(10),
    maxLength: whole(11),
    minLength: whole(12),
    pattern: text(13),
    maxItems: whole(14),
    minItems: whole(15),
    uniqueItems: flag(16),
    maxProperties: whole(17),
    minProperties: whole(18),
    required: texts(19),
    enum: anys(20),
    additionalProperties: message(21, (value) =>
      typeof value === 'boolean' ? written(flag(2), value) : written(message(1, schema), value),
    ),
    type: message(22, (value) => Buffer.concat([value].flat().map((one) => written(texts(1), one)))),
    items: message(23, (value) => Buffer.concat([value].flat().map((one) => written(message(1, schema), one)))),
    allOf: messages(24, schema),
    properties: message(25, mapWriter(1, schema)),
    discriminator: text(26),
    readOnly: flag(27),
    example: any(30),
  },
  31,
);

const bodyParameter = fieldsWriter(
  { description: text(1), name: text(2), in: text(3), required: flag(4), schema: message(5, schema) },
  6,
);
const common = { required: flag(1), in: text(2), description: text(3), name: text(4) };
const queryParameter = fieldsWriter(
  { ...common, type: text(6), format: text(7), uniqueItems: flag(20), enum: anys(21) },
  23,
);
/** Of the path or of a header: the same without what only a query can be. */
const plainParameter = fieldsWriter(
  { ...common, type: text(5), format: text(6), uniqueItems: flag(19), enum: anys(20) },
  22,
);
const nonBody = choice((value) => {
  if (value.in === 'query') return message(3, queryParameter);
  return value.in === 'path' ? message(4, plainParameter) : message(1, plainParameter);
});
const parameter = choice((value) => (value.in === 'body' ? message(1, bodyParameter) : message(2, nonBody)));
const reference = fieldsWriter({ $ref: text(1), description: text(2) });
const orReference = (write: Write): Write =>
  choice((value) => (value.$ref === undefined ? message(1, write) : message(2, reference)));

const response = fieldsWriter(
  { description: text(1), schema: message(2, (value) => written(message(1, schema), value)) },
  5,
);
const security = mapWriter(1, (value) => Buffer.concat([value].flat().map((one) => written(texts(1), one))));

const operation = fieldsWriter(
  {
    tags: texts(1),
    summary: text(2),
    description: text(3),
    operationId: text(5),
    produces: texts(6),
    consumes: texts(7),
    parameters: messages(8, orReference(parameter)),
    responses: message(9, mapWriter(1, orReference(response), 2)),
    schemes: texts(10),
    deprecated: flag(11),
    security: messages(12, security),
  },
  13,
);

const pathItem = fieldsWriter(
  {
    $ref: text(1),
    get: message(2, operation),
    put: message(3, operation),
    post: message(4, operation),
    delete: message(5, operation),
    options: message(6, operation),
    head: message(7, operation),
    patch: message(8, operation),
    parameters: messages(9, orReference(parameter)),
  },
  10,
);

const apiKey = fieldsWriter({ type: text(1), name: text(2), in: text(3), description: text(4) }, 5);

const document = fieldsWriter(
  {
    swagger: text(1),
    info: message(2, fieldsWriter({ title: text(1), version: text(2), description: text(3) }, 7)),
    host: text(3),
    basePath: text(4),
    schemes: texts(5),
    consumes: texts(6),
    produces: texts(7),
    paths: message(8, mapWriter(2, pathItem, 1)),
    definitions: message(9, mapWriter(1, schema)),
    security: messages(12, security),
    // Callers authenticate by a header: other definitions do not exist.
    securityDefinitions: message(
      13,
      mapWriter(1, (value) => written(message(2, apiKey), value)),
    ),
  },
  16,
);

/** A document of version 2 as `openapi.v2.Document` of gnostic, the protobuf form clients ask for. */
export function swaggerProtobuf(swagger: Json): Uint8Array {
  return document(swagger) ?? new Uint8Array();
}
