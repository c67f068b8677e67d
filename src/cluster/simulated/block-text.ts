import { isObject } from '../../util/json-value.js';

/** Writes a value as block YAML, each line indented by so many spaces, with quoted texts. */
export function blockText(value: unknown, indent: number): string {
  const lines: string[] = [];
  write(value, ' '.repeat(indent), lines);
  return lines.join('\n');
}

function write(value: unknown, pad: string, lines: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      if (!isObject(item) || Object.keys(item).length === 0) {
        lines.push(`${pad}- ${JSON.stringify(item ?? null)}`);
        continue;
      }
      const inner: string[] = [];
      write(item, `${pad}  `, inner);
      lines.push(`${pad}- ${inner[0]?.trimStart()}`, ...inner.slice(1));
    }
    return;
  }
  for (const [key, one] of Object.entries(isObject(value) ? value : {})) {
    if (one === undefined) continue;
    const name = /^[A-Za-z][A-Za-z0-9_./-]*$/.test(key) ? key : JSON.stringify(key);
    const isNested = (isObject(one) && Object.keys(one).length > 0) || (Array.isArray(one) && one.length > 0);
    lines.push(isNested ? `${pad}${name}:` : `${pad}${name}: ${JSON.stringify(one)}`);
    if (isNested) write(one, `${pad}  `, lines);
  }
}
