import ts from 'typescript';

/** One place where a text breaks a rule of docs/writing.md. */
export interface ProseFault {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly text: string;
}

const MOST_WORDS = 30;
const HEADLESS = /^(What|Who|Whom|Whose|Whether|How|Nobody|None|Of what)\b/;
const NEGATED_NOUN = /\b(is|are|was|were) no\b(?!\w|t\b)|\bnone but\b/i;

interface Passage {
  readonly line: number;
  readonly text: string;
  readonly isDoc: boolean;
}

/** Finds the comments of a source file that break a rule. Strings are left alone: clients parse some of them. */
export function sourceFaults(file: string, source: string): ProseFault[] {
  return commentsOf(source).flatMap((passage) => faultsIn(file, passage));
}

/** Finds the sentences of a guide that break a rule. Code, tables and link targets do not count. */
export function guideFaults(file: string, markdown: string): ProseFault[] {
  return paragraphsOf(markdown).flatMap((passage) => faultsIn(file, passage));
}

function faultsIn(file: string, { line, text, isDoc }: Passage): ProseFault[] {
  const faults: ProseFault[] = [];
  const report = (rule: string, where: string) => faults.push({ file, line, rule, text: where.slice(0, 100) });
  if (isDoc && HEADLESS.test(text)) report('begins with a headless clause', text);
  const negated = NEGATED_NOUN.exec(text);
  if (negated !== null)
    report('says "is no" where English says "is not a"', text.slice(Math.max(0, negated.index - 30)));
  for (const sentence of isDoc ? sentencesOf(text) : []) {
    const words = sentence.split(/\s+/).filter((word) => /[\w`]/.test(word)).length;
    if (words > MOST_WORDS) report(`has a sentence of ${words} words, ${MOST_WORDS} at most`, sentence);
  }
  return faults;
}

/** Splits at the end of sentences, at list items and at doc tags. Abbreviations such as "e.g." do not end one. */
function sentencesOf(text: string): string[] {
  return text
    .replace(/\{@link ([^}|]+)(\|[^}]*)?\}/g, '$1')
    .replace(/`[^`]*`/g, '`code`')
    .split(/(?<!\b(?:e\.g|i\.e|etc|vs|cf))[.!?:;]["')*_`]*(?=\s|$)|\n\s*\n|\n\s*(?:[-*]|\d+\.) |(?:^|\n)\s*@\w+/);
}

function commentsOf(source: string): Passage[] {
  const file = ts.createSourceFile('comments.ts', source, ts.ScriptTarget.Latest, false);
  const passages: Passage[] = [];
  let run: { line: number; next: number; text: string } | undefined;
  const endRun = () => {
    if (run !== undefined) passages.push({ line: run.line, text: run.text, isDoc: false });
    run = undefined;
  };
  for (const { pos, end, kind } of commentRanges(file)) {
    const text = source.slice(pos, end);
    const line = file.getLineAndCharacterOfPosition(pos).line + 1;
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia) {
      const words = text.replace(/^\/\/\s?/, '');
      if (run !== undefined && run.next === line)
        run = { line: run.line, next: line + 1, text: `${run.text}\n${words}` };
      else {
        endRun();
        run = { line, next: line + 1, text: words };
      }
      continue;
    }
    endRun();
    const words = text
      .replace(/^\/\*+\s*|\s*\*+\/$/g, '')
      .replace(/^\s*\* ?/gm, '')
      .replace(/```[\s\S]*?```/g, '');
    passages.push({ line, text: words, isDoc: text.startsWith('/**') });
  }
  endRun();
  return passages;
}

function commentRanges(file: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.pos) ?? []) found.set(range.pos, range);
    for (const range of ts.getTrailingCommentRanges(file.text, node.end) ?? []) found.set(range.pos, range);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

function paragraphsOf(markdown: string): Passage[] {
  const passages: Passage[] = [];
  let fenced = false;
  let open: { line: number; text: string } | undefined;
  const close = () => {
    if (open !== undefined) passages.push({ ...open, isDoc: true });
    open = undefined;
  };
  for (const [index, raw] of markdown.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(raw)) fenced = !fenced;
    if (fenced || /^\s*(```|~~~|\||$|#|<)/.test(raw)) {
      close();
      continue;
    }
    if (/^\s*(?:[-*]|\d+\.) /.test(raw)) close();
    const words = raw.replace(/^\s*(?:[-*]|\d+\.) /, '').replace(/\]\([^)]*\)/g, ']');
    open = open === undefined ? { line: index + 1, text: words } : { line: open.line, text: `${open.text}\n${words}` };
  }
  close();
  return passages;
}
