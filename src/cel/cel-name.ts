/** Words that CEL keeps for itself; a field of such a name is written `__name__`. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A field's name as expressions write it, by the escaping rules of Kubernetes; undefined for one they cannot write. */
export function celName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name.replace(/__|[-./]/g, (part) => escapes[part] ?? part);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) && !/^\d/.test(name) ? escaped : undefined;
}

const escapes: { readonly [part: string]: string } = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};
