const number = (value, unit) => {
  if (value === undefined) return '';
  const digits = unit === '' ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`.trim();
};

const aim = ({ ratio, most }, unit) => {
  if (ratio !== undefined) return `≤ ${ratio.toFixed(2)} ×`;
  return most === undefined ? '' : `≤ ${most} ${unit}`;
};

/** The figures for a person to read. */
export function table(rows, versions) {
  const lines = [
    ['', 'keelson', 'client-node', 'ratio', 'budget', ''],
    ...rows.map(({ figure, unit, ours, theirs, ratio, budget, missed }) => [
      figure,
      number(ours, unit),
      number(theirs, unit),
      ratio === undefined ? '' : ratio.toFixed(2),
      aim(budget, unit),
      missed ? 'MISSED' : '',
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) =>
    column === 0 || column === 5 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  const header = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [header.join(', '), '', ...lines.map((line) => line.map(pad).join('  ').trimEnd())].join('\n');
}
