const compiled = new Map<string, RegExp | undefined>();
const maxCompiled = 1_000;

/** Character classes that JavaScript does not know. */
const classes: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Whether a text matches a pattern of Go's regular expressions. Nothing matches a pattern that cannot be read. */
export function matchesPattern(pattern: string, text: string): boolean {
  return goPattern(pattern)?.test(text) ?? false;
}

/** A pattern of Go's regular expressions (RE2) as one of JavaScript's; undefined for one that cannot be read. */
export function goPattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const made = compile(pattern);
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string): RegExp | undefined {
  const [, flags = '', rest = ''] = /^(?:\(\?([imsU]+)\))?(.*)$/s.exec(pattern) ?? [];
  const source = rest
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '(?![\\s\\S])')
    .replace(/\\(p|P)([A-Z])/g, '\\$1{$2}')
    .replace(/\[:(\^?)([a-z]+):\]/g, (all, _not: string, name: string) =>
      Object.hasOwn(classes, name) ? (classes[name] ?? all) : all,
    );
  const own = flags.replace('U', '');
  // Unicode mode counts characters as Go does, but refuses some escapes that Go allows.
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, own + mode);
    } catch {}
  }
  return undefined;
}
