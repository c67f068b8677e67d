const colours = {
  floor: '#999',
  'floor-parse': '#bbb',
  keys: '#0a7',
  hydrate: '#07a',
  list: '#a70',
  'client-node': '#c33',
};
const [width, height, margin] = [640, 360, 56];

/** Sync time against the number of objects, both logarithmic, as SVG. */
export function plot(rows) {
  const points = rows.filter(({ syncMs }) => syncMs > 0);
  const [minN, maxN] = range(points.map(({ n }) => n));
  const [minMs, maxMs] = range(points.map(({ syncMs }) => syncMs));
  const x = (n) => margin + ((Math.log(n / minN) || 0) / (Math.log(maxN / minN) || 1)) * (width - 2 * margin - 80);
  const y = (ms) =>
    height - margin - ((Math.log(ms / minMs) || 0) / (Math.log(maxMs / minMs) || 1)) * (height - 2 * margin);
  const lines = [...new Set(points.map(({ subject }) => subject))].map((subject) => {
    const own = points.filter((point) => point.subject === subject).sort((a, b) => a.n - b.n);
    const colour = colours[subject] ?? '#000';
    const last = own.at(-1);
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${own.map(({ n, syncMs }) => `${x(n).toFixed(1)},${y(syncMs).toFixed(1)}`).join(' ')}"/>`,
      `<text x="${x(last.n) + 6}" y="${y(last.syncMs) + 4}" fill="${colour}">${subject}</text>`,
    ].join('\n');
  });
  const ticks = [...new Set(points.map(({ n }) => n))].map(
    (n) => `<text x="${x(n)}" y="${height - margin + 18}" text-anchor="middle">${n.toLocaleString('en')}</text>`,
  );
  const marks = [minMs, Math.sqrt(minMs * maxMs), maxMs].map(
    (ms) => `<text x="${margin - 6}" y="${y(ms) + 4}" text-anchor="end">${Math.round(ms)} ms</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>Time to the first whole state, by number of objects</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${margin}" y="24" font-size="14">Time to the first whole state, by number of objects</text>
${[...ticks, ...marks, ...lines].join('\n')}
</svg>
`;
}

function range(values) {
  return [Math.min(...values), Math.max(...values)];
}
