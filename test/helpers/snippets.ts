import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readRepoFile } from './repo.js';

/**
 * A program in the guides: a fence marked `ts`, and the fences marked `ts continue` that follow it. `ts run` says that it also
 * runs: the reference server stands behind its `connect()`, empty but for the namespaces `default` and `shop`.
 */
export interface Snippet {
  readonly file: string;
  /** The line of the file on which the first fence opens. */
  readonly line: number;
  readonly run: boolean;
  /** The program, every line at the number that it has in the file, so that a complaint points there. */
  readonly text: string;
}

const WORDS = ['run', 'continue'];

/** README.md, CHANGELOG.md, CONTRIBUTING.md and everything under docs/ that a person wrote. */
export function guides(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = existsSync(join(ROOT, 'docs'))
    ? readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
    : [];
  return [...top, ...docs.map((name) => `docs/${name}`)].sort();
}

/** The programs of one guide. Throws on a mark that means nothing, and on a fence that is never closed. */
export function snippetsOf(file: string, text = readRepoFile(file)): Snippet[] {
  const lines = text.split('\n');
  const snippets: { file: string; line: number; run: boolean; text: string }[] = [];
  for (let at = 0; at < lines.length; at++) {
    const open = /^(`{3,})(\S*)\s*(.*)$/.exec(lines[at] ?? '');
    if (open === null) continue;
    const end = lines.indexOf(open[1] ?? '', at + 1);
    if (end < 0) throw new Error(`${file}:${at + 1}: this fence is never closed`);
    if (/^(typescript|tsx?|js|javascript|mjs)$/.test(open[2] ?? '') && open[2] !== 'ts') {
      throw new Error(`${file}:${at + 1}: write TypeScript in a fence marked ts, so that it is checked`);
    }
    if (open[2] === 'ts') take(at, end, (open[3] ?? '').split(/\s+/).filter(Boolean));
    at = end;
  }
  return snippets;

  function take(open: number, end: number, words: string[]): void {
    const strange = words.find((word) => !WORDS.includes(word));
    if (strange !== undefined)
      throw new Error(`${file}:${open + 1}: a ts fence can be marked ${WORDS.join(' or ')}, not ${strange}`);
    const before = words.includes('continue') ? snippets.at(-1) : undefined;
    if (words.includes('continue') && before === undefined)
      throw new Error(`${file}:${open + 1}: there is nothing to continue`);
    const written = (before?.text.split('\n') ?? []).slice(0, -1);
    const padding = Array.from({ length: open + 1 - written.length }, () => '');
    const program = [...written, ...padding, ...lines.slice(open + 1, end), 'export {};'].join('\n');
    if (before === undefined) snippets.push({ file, line: open + 1, run: words.includes('run'), text: program });
    else before.text = program;
  }
}

/** The relative links of a guide that lead nowhere, as `file: target`. */
export function brokenLinksOf(file: string, text = readRepoFile(file)): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .filter((target) => !existsSync(join(ROOT, file, '..', target.replace(/#.*$/, ''))))
    .map((target) => `${file}: ${target}`);
}
