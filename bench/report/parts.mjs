/** Runs the chosen parts of a benchmark, one after the other, and returns the rows of each. `chosen` names them: `create,list`. */
export async function runParts(parts, chosen) {
  const report = {};
  for (const part of chosen.split(',')) {
    if (!(part in parts)) throw new Error(`there is no part '${part}'; there are ${Object.keys(parts).join(', ')}`);
    console.error(`${part} …`);
    report[part] = await parts[part]();
  }
  return report;
}

/** Prints the rows of each part as a table, or all of them as JSON. */
export function printReport(report, asJson) {
  if (asJson) console.log(JSON.stringify({ node: process.version, ...report }, null, 2));
  else {
    for (const [part, rows] of Object.entries(report)) {
      console.log(part);
      console.table(rows);
    }
  }
}
