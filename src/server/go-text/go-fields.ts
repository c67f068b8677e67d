import { goTypeOf, type TypeFact, typeFact } from '../../wire/protobuf/field-facts.js';

/** One field of a Go struct. */
export interface GoField {
  /** The name in JSON. */
  readonly name: string;
  /** The type by the name of the facts, such as `core/v1.Container`; of the items, if the field is a list or a map. */
  readonly type: string;
  readonly list: boolean;
  readonly map: boolean;
  readonly pointer: boolean;
  /** The names of the embedded structs that lead to the field, the outermost first. Go's messages name them as steps of the path. */
  readonly embedded: readonly string[];
  /** The type as Go prints it, such as `[]v1.Container`. */
  readonly goType: string;
  /** The type of the items or values as Go prints it. The same as `goType` if the field is neither a list nor a map. */
  readonly itemType: string;
}

const structs = new Map<string, readonly GoField[] | undefined>();

/** Returns the fields of a struct in the order of the type, those of embedded structs included. Returns undefined for other types. */
export function goFields(type: string): readonly GoField[] | undefined {
  if (!structs.has(type)) structs.set(type, fieldsIn(type, typeFact(type), []));
  return structs.get(type);
}

function fieldsIn(
  owner: string,
  fact: TypeFact | undefined,
  embedded: readonly string[],
): readonly GoField[] | undefined {
  if (fact === undefined || typeof fact === 'string') return undefined;
  return fact.flatMap(([name, type, , flags = '']) => {
    if (flags.includes('i'))
      return fieldsIn(owner, typeFact(type), [...embedded, type.slice(type.lastIndexOf('.') + 1)]) ?? [];
    const [list, map] = [flags.includes('l'), flags.includes('m')];
    const plain = list ? `[]${goName(type)}` : map ? `map[string]${goName(type)}` : goName(type);
    const goType = goTypeOf(`${owner}.${name}`) ?? plain;
    const itemType = list || map ? (goTypeOf(`${owner}.${name}[]`) ?? itemOf(goType) ?? goName(type)) : goType;
    return [{ name, type, list, map, pointer: flags.includes('p'), embedded, goType, itemType }];
  });
}

/** Returns the type of the items of a list, undefined for a list with a name of its own. */
function itemOf(goType: string): string | undefined {
  return goType.startsWith('[]') ? goType.slice(2) : undefined;
}

/** Returns a type as Go prints it: `v1.PodSpec` for `core/v1.PodSpec`. */
export function goName(type: string): string {
  return type === 'bytes' ? '[]uint8' : type.slice(type.lastIndexOf('/') + 1);
}
