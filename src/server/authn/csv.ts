/**
 * Parses the records of a CSV text (RFC 4180). Fields are joined by commas, and are in double quotes if they hold commas, quotes or line
 * breaks. Empty lines are skipped. Throws an `Error` with the line for a quote that is not closed or stands in the middle of a field.
 */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length || record.length > 0) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null) throw new Error(`a quote out of place in line ${text.slice(0, start).split('\n').length}`);
    const [, quoted, plain = '', end] = match;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (record.length > 1 || quoted !== undefined || plain !== '') records.push(record);
    record = [];
  }
  return records;
}
