const names = {
  floor: 'floor',
  'floor-parse': 'floor, each line parsed',
  keys: 'keys',
  hydrate: 'hydrating handler',
  list: 'keys, by LIST',
  'client-node': 'client-node',
};

/** The table of docs/cache.md, and below it each aim with what was measured. */
export function markdown(rows, results) {
  return `${table(rows)}\n\n${aims(rows, results).join('\n')}\n`;
}

function table(rows) {
  const head = [
    'pods',
    'subject',
    'sync',
    '× floor',
    'processor',
    'peak',
    'kept',
    'heap',
    'updates/s',
    'again',
    'longest pause',
  ];
  const lines = rows.map((row) => [
    row.n.toLocaleString('en'),
    names[row.subject] ?? row.subject,
    row.error ?? unit(row.syncMs, 'ms'),
    row['x floor'] ?? '',
    unit(row.cpuMs, 'ms'),
    unit(row.peakMiB, 'MiB'),
    unit(row.retainedMiB, 'MiB'),
    unit(row.heapMiB, 'MiB'),
    unit(row.updatesPerSecond, ''),
    unit(row.againPerSecond, ''),
    unit(row.loopMaxMs, 'ms'),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function unit(value, name) {
  return value === undefined ? '' : `${value.toLocaleString('en')} ${name}`.trim();
}

function aims(rows, results) {
  const sizes = [...new Set(rows.map(({ n }) => n))].sort((a, b) => a - b);
  const row = (n, subject) => rows.find((one) => one.n === n && one.subject === subject && one.error === undefined);
  const most = sizes.at(-1);
  const [floor, parsed, keys, hydrate, list] = ['floor', 'floor-parse', 'keys', 'hydrate', 'list'].map((s) =>
    row(most, s),
  );
  const said = [];
  const say = (what, value, limit, direction = '≤') => {
    if (value === undefined || Number.isNaN(value) || limit === undefined) return;
    const met = direction === '≤' ? value <= limit : value >= limit;
    said.push(`- ${met ? 'met' : 'MISSED'}: ${what}: ${round(value)} (aim ${direction} ${round(limit)})`);
  };
  const at = `at ${most?.toLocaleString('en')}`;
  if (most < 100_000) said.push('The aims that name a size are for 100,000 objects, which were not measured.');
  else {
    say(`${at}, keys, sync × floor`, keys?.syncMs / floor?.syncMs, 1.6);
    say(`${at}, keys, processor time × floor's`, keys?.cpuMs / floor?.cpuMs, 1.6);
    say(`${at}, keys, retained × kept`, keys?.['retained/kept'], 1.25);
    say(`${at}, keys, heap MiB`, keys?.heapMiB, 100);
    say(`${at}, keys, longest pause ms`, keys?.loopMaxMs, 50);
    say(`${at}, hydrating, sync × (floor + JSON.parse)`, hydrate?.syncMs / parsed?.syncMs, 1.1);
    say(`${at}, hydrating, retained × kept`, hydrate?.['retained/kept'], 1.25);
    say(`${at}, hydrating, longest pause ms`, hydrate?.loopMaxMs, 50);
    say(`${at}, LIST × WatchList`, list?.syncMs / keys?.syncMs, 1.5);
    say(`${at}, keys, updates/s`, keys?.updatesPerSecond, 45_000, '≥');
  }
  say('get of a hydrated object, ns', keys?.micro?.['get hot ns'], 300);
  say('get of a cold object, ns', keys?.micro?.['get cold ns'], 40_000);
  for (const n of sizes) {
    const theirs = row(n, 'client-node');
    for (const subject of ['keys', 'hydrate']) {
      const ours = row(n, subject);
      const who = `at ${n.toLocaleString('en')}, ${names[subject]}`;
      say(`${who}, sync × client-node's`, ours?.syncMs / theirs?.syncMs, 1);
      say(`${who}, retained × client-node's`, ours?.retainedMiB / theirs?.retainedMiB, 1);
      say(`${who}, peak × client-node's`, ours?.peakMiB / theirs?.peakMiB, 1);
    }
    const ours = row(n, 'hydrate');
    const who = `at ${n.toLocaleString('en')}, hydrating`;
    say(`${who}, first burst, updates/s × client-node's`, ours?.updatesPerSecond / theirs?.updatesPerSecond, 1.5, '≥');
    say(`${who}, second burst, updates/s × client-node's`, ours?.againPerSecond / theirs?.againPerSecond, 1.5, '≥');
    say(
      `${who}, first burst, updates per processor time × client-node's`,
      theirs?.updateCpuUs / ours?.updateCpuUs,
      1.5,
      '≥',
    );
    say(
      `${who}, second burst, updates per processor time × client-node's`,
      theirs?.againCpuUs / ours?.againCpuUs,
      1.5,
      '≥',
    );
  }
  for (const churn of results.filter(({ subject }) => subject === 'churn')) {
    say(`memory after ${churn.turns} turnovers × after the first`, churn['last/first'], 1.3);
  }
  return said;
}

function round(value) {
  return Number(value.toFixed(2)).toLocaleString('en');
}
