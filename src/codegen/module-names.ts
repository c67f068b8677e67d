/**
 * Hands out the names of one module: those it declares itself first, then what it imports, which gets another name where
 * its own is taken.
 */
export class ModuleNames {
  readonly #taken = new Set<string>();
  readonly #imports = new Map<string, Map<string, string>>();

  constructor(declared: Iterable<string>) {
    for (const name of declared) this.#taken.add(name);
  }

  /** The name under which something imported from another module is known here. */
  imported(module: string, name: string): string {
    const from = this.#imports.get(module) ?? new Map<string, string>();
    this.#imports.set(module, from);
    const known = from.get(name);
    if (known !== undefined) return known;
    const local = this.declare(name, () => `${pascal(moduleWord(module))}${name}`);
    from.set(name, local);
    return local;
  }

  /** Takes a name for something this module declares; `other` offers a replacement where it is taken. */
  declare(name: string, other: () => string = () => name): string {
    let free = this.#taken.has(name) ? other() : name;
    for (let n = 2; this.#taken.has(free); n++) free = `${name}${n}`;
    this.#taken.add(free);
    return free;
  }

  /** The import lines for everything asked for, sorted. */
  imports(): string[] {
    const modules = [...this.#imports].sort(([a], [b]) => (a < b ? -1 : 1));
    return modules.map(([module, names]) => {
      const specifiers = [...names]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, local]) => (name === local ? name : `${name} as ${local}`));
      return `import type { ${specifiers.join(', ')} } from '${module}';`;
    });
  }
}

/** `stable.example.com` or `spec-field` as part of a type's name: `StableExampleCom`, `SpecField`. */
export function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}

/** Words that name no interface or no constant. */
const RESERVED = new Set(
  (
    'any unknown never void object string number boolean symbol undefined bigint null true false break case catch class ' +
    'const continue debugger default delete do else enum export extends finally for function if import in instanceof new ' +
    'return super switch this throw try typeof var while with as implements interface let package private protected ' +
    'public static yield await arguments eval'
  ).split(' '),
);

/** The name of a schema as an identifier. */
export function identifier(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_$]/g, '_');
  return /^[A-Za-z_$]/.test(safe) && !RESERVED.has(safe) ? safe : `_${safe}`;
}

/** Returns a property name as TypeScript needs it: quoted unless it is an identifier. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quoted(name);
}

/** A string literal. */
export function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside}'`;
}

/** The word of a module path that tells it from others: `core` of `../core/v1.js`, `meta` of `../../src/meta/index.js`. */
function moduleWord(module: string): string {
  const parts = module.split('/').filter((part) => part !== '..' && part !== '.');
  return parts.length > 1 ? (parts[parts.length - 2] ?? '') : (parts[0] ?? '');
}
