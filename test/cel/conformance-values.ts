import { readDuration, readTime } from '../../src/cel/time-values.js';
import { type CelType, listType, mapType, optionalType, structType, types, typeType } from '../../src/cel/types.js';
import { CelTypeValue, CelUint, type CelValue, EntryMap } from '../../src/cel/values.js';

type Json = { readonly [key: string]: unknown };

/** Reads a `cel.expr.Value` in its JSON form. Throws for messages and enums, which this implementation does not have. */
export function celValue(json: Json): CelValue {
  const [kind = '', content] = Object.entries(json)[0] ?? [];
  switch (kind) {
    case 'nullValue':
      return null;
    case 'boolValue':
      return content === true;
    case 'int64Value':
      return BigInt(String(content));
    case 'uint64Value':
      return new CelUint(BigInt(String(content)));
    case 'doubleValue':
      return Number(content);
    case 'stringValue':
      return String(content);
    case 'bytesValue':
      return Buffer.from(String(content), 'base64');
    case 'typeValue':
      return new CelTypeValue(typeNamed(String(content)));
    case 'listValue':
      return ((content as { values?: Json[] }).values ?? []).map(celValue);
    case 'mapValue':
      return new EntryMap(
        ((content as { entries?: { key: Json; value: Json }[] }).entries ?? []).map(
          ({ key, value }) => [celValue(key), celValue(value)] as const,
        ),
      );
    case 'objectValue':
      return messageValue(content as { '@type': string; value?: unknown });
    default:
      throw new Error(`unsupported value: ${kind}`);
  }
}

function messageValue(message: { '@type': string; value?: unknown }): CelValue {
  const name = message['@type'].replace('type.googleapis.com/', '');
  const text = String(message.value);
  const value =
    name === 'google.protobuf.Duration'
      ? readDuration(text)
      : name === 'google.protobuf.Timestamp'
        ? readTime(text)
        : undefined;
  if (value === undefined) throw new Error(`unsupported message: ${name}`);
  return value;
}

const named: { readonly [name: string]: CelType } = {
  bool: types.bool,
  bytes: types.bytes,
  double: types.double,
  int: types.int,
  list: listType(types.dyn),
  map: mapType(types.dyn, types.dyn),
  null_type: types.null,
  string: types.string,
  type: typeType(types.dyn),
  uint: types.uint,
  optional_type: optionalType(types.dyn),
  'google.protobuf.Duration': types.duration,
  'google.protobuf.Timestamp': types.timestamp,
};

function typeNamed(name: string): CelType {
  return named[name] ?? structType(name);
}

const primitives: { readonly [name: string]: CelType } = {
  BOOL: types.bool,
  BYTES: types.bytes,
  DOUBLE: types.double,
  INT64: types.int,
  STRING: types.string,
  UINT64: types.uint,
};

/** Reads a `cel.expr.Type` in its JSON form. Throws for types that this implementation does not have. */
export function typeOfJson(json: Json): CelType {
  const [kind = '', content] = Object.entries(json)[0] ?? [];
  const inner = content as Json;
  switch (kind) {
    case 'dyn':
      return types.dyn;
    case 'null':
      return types.null;
    case 'primitive':
      return primitives[String(content)] ?? types.dyn;
    case 'wellKnown':
      if (content === 'DURATION') return types.duration;
      if (content === 'TIMESTAMP') return types.timestamp;
      break;
    case 'listType':
      return listType(typeOfJson((inner.elemType ?? {}) as Json));
    case 'mapType':
      return mapType(typeOfJson((inner.keyType ?? {}) as Json), typeOfJson((inner.valueType ?? {}) as Json));
    case 'type':
      return typeType(Object.keys(inner ?? {}).length === 0 ? types.dyn : typeOfJson(inner));
    case 'abstractType':
      if (inner.name === 'optional_type')
        return optionalType(typeOfJson(((inner.parameterTypes as Json[] | undefined)?.[0] ?? {}) as Json));
      break;
    case 'messageType':
      if (content === 'google.protobuf.Duration') return types.duration;
      break;
    case 'typeParam':
      return { kind: 'param', name: String(content), params: [] };
  }
  throw new Error(`unsupported type: ${JSON.stringify(json)}`);
}
