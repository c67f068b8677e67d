/** A fault of an expression. `offset` counts characters, and is undefined if the place is unknown. */
export interface Issue {
  readonly offset: number | undefined;
  readonly message: string;
}

/** More problems than this are counted and not told. */
const maxIssues = 100;
/** Longer lines are not shown with the problem. */
const maxSnippet = 16_384;

/** The text of an expression, by characters as Go counts them. */
export class Source {
  readonly chars: readonly string[];
  readonly #lines: readonly string[];
  readonly #starts: readonly number[];

  constructor(readonly text: string) {
    this.chars = [...text];
    this.#lines = text.split('\n');
    let at = 0;
    this.#starts = this.#lines.map((line) => {
      const start = at;
      at += [...line].length + 1;
      return start;
    });
  }

  /** The problems as cel-go shows them: each with its line and a mark below it. */
  display(issues: readonly Issue[]): string {
    const placed = issues.slice(0, maxIssues).map((issue) => ({ issue, ...this.#place(issue.offset) }));
    placed.sort((a, b) => a.line - b.line || a.column - b.column);
    const texts = placed.map(({ issue, line, column }) => this.#show(issue.message, line, column));
    if (issues.length > maxIssues) texts.push(`${issues.length - maxIssues} more errors were truncated`);
    return texts.join('\n');
  }

  #place(offset: number | undefined): { line: number; column: number } {
    if (offset === undefined) return { line: -1, column: -1 };
    const line = this.#starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (this.#starts[line] ?? 0) };
  }

  #show(message: string, line: number, column: number): string {
    // An empty text has no line, and no place in it.
    if (this.text === '') return `ERROR: <input>:${line}:${column}: ${message}`;
    const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    const snippet = this.#lines[line - 1];
    if (snippet === undefined || snippet.length > maxSnippet) return head;
    const shown = [...snippet.replaceAll('\t', ' ')];
    const wide = (char: string | undefined): boolean => char !== undefined && Buffer.byteLength(char) > 1;
    const dots = shown.slice(0, Math.max(0, column)).map((char) => (wide(char) ? '\uff0e' : '.'));
    const mark = wide(shown[Math.max(0, column)]) ? '\uff3e' : '^';
    return `${head}\n | ${shown.join('')}\n | ${dots.join('')}${mark}`;
  }
}
