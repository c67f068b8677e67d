/** The kinds of types. `param` stands for a type that is not determined yet. */
type TypeKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint';

/** A type of CEL. `name` tells structs, opaque types and parameters apart; `params` are the types inside. */
export interface CelType {
  readonly kind: TypeKind;
  readonly name: string;
  readonly params: readonly CelType[];
}

const simple = (kind: TypeKind, name: string): CelType => ({ kind, name, params: [] });

/** The types without parameters, named as Go's printer names them at run time. */
export const types = {
  bool: simple('bool', 'bool'),
  bytes: simple('bytes', 'bytes'),
  double: simple('double', 'double'),
  duration: simple('duration', 'google.protobuf.Duration'),
  dyn: simple('dyn', 'dyn'),
  error: simple('error', '!error!'),
  int: simple('int', 'int'),
  null: simple('null', 'null_type'),
  string: simple('string', 'string'),
  timestamp: simple('timestamp', 'google.protobuf.Timestamp'),
  type: simple('type', 'type'),
  uint: simple('uint', 'uint'),
  ip: simple('opaque', 'net.IP'),
  cidr: simple('opaque', 'net.CIDR'),
  url: simple('struct', 'kubernetes.URL'),
  quantity: simple('struct', 'kubernetes.Quantity'),
  semver: simple('struct', 'kubernetes.Semver'),
  format: simple('struct', 'kubernetes.NamedFormat'),
  authorizer: simple('struct', 'kubernetes.authorization.Authorizer'),
  pathCheck: simple('struct', 'kubernetes.authorization.PathCheck'),
  groupCheck: simple('struct', 'kubernetes.authorization.GroupCheck'),
  resourceCheck: simple('struct', 'kubernetes.authorization.ResourceCheck'),
  decision: simple('struct', 'kubernetes.authorization.Decision'),
} as const satisfies { readonly [name: string]: CelType };

/** A list of items of one type. */
export function listType(item: CelType): CelType {
  return { kind: 'list', name: 'list', params: [item] };
}

/** A map from keys of one type to values of one type. */
export function mapType(key: CelType, value: CelType): CelType {
  return { kind: 'map', name: 'map', params: [key, value] };
}

/** An object of which the fields are known by the type's name. */
export function structType(name: string): CelType {
  return simple('struct', name);
}

/** A value that may be absent. */
export function optionalType(inner: CelType): CelType {
  return { kind: 'opaque', name: 'optional_type', params: [inner] };
}

/** The type of a type. */
export function typeType(inner: CelType): CelType {
  return { kind: 'type', name: 'type', params: [inner] };
}

/** A type to be found. */
function paramType(name: string): CelType {
  return simple('param', name);
}

/** Returns the type inside an optional type, or undefined for other types. */
export function unwrapOptional(type: CelType): CelType | undefined {
  return type.kind === 'opaque' && type.name === 'optional_type' ? type.params[0] : undefined;
}

/** Reports whether two types are equal, including all parameters. */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((one, i) => sameType(one, b.params[i] ?? types.error));
}

const shown: { readonly [kind in TypeKind]?: string } = {
  duration: 'duration',
  timestamp: 'timestamp',
  null: 'null',
  error: '!error!',
};

/** A type as messages show it. */
export function formatType(type: CelType): string {
  const fixed = shown[type.kind];
  if (fixed !== undefined) return fixed;
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(formatType).join(', ')})`;
}

const named: { readonly [name: string]: CelType } = {
  ...types,
  'google.protobuf.Duration': types.duration,
  'google.protobuf.Timestamp': types.timestamp,
  null_type: types.null,
};

/** Reads a type as signatures write it: `list(A)`, `map(string, dyn)`, `optional(V)`; a single capital is a parameter. */
export function readType(text: string): CelType {
  const open = text.indexOf('(');
  if (open < 0) {
    const found = Object.hasOwn(named, text) ? named[text] : undefined;
    return found ?? paramType(text);
  }
  const inner = splitTypes(text.slice(open + 1, -1)).map(readType);
  const [first = types.dyn, second = types.dyn] = inner;
  switch (text.slice(0, open)) {
    case 'list':
      return listType(first);
    case 'map':
      return mapType(first, second);
    case 'type':
      return typeType(first);
    default:
      return optionalType(first);
  }
}

/** The types of a list of types, at commas outside of parentheses. */
export function splitTypes(text: string): string[] {
  const out: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      out.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === '' ? out : [...out, last];
}

/** The parameters a type has anywhere inside. */
export function paramsOf(type: CelType): string[] {
  return type.kind === 'param' ? [type.name] : type.params.flatMap(paramsOf);
}
