// What the package costs before it does anything, beside @kubernetes/client-node, from one run on one machine.
//
//   npm run bench:cost              the table; ends with 1 when a budget is missed
//   npm run bench:cost -- --json    the same as JSON
//
// Both are installed from the registry into folders of their own (ours from `npm pack`) and run on Node 24, because client-node
// needs Node 22; ours also runs on the Node at hand. Times and memory are medians over interleaved runs, those of an import
// less those of an empty process.
import { rmSync } from 'node:fs';
import { compare, gather } from './cost/figures.mjs';
import { install } from './cost/install.mjs';
import { table } from './cost/table.mjs';

const folders = await install((step) => console.error(step));
try {
  const rows = compare(await gather(folders, (step) => console.error(step)));
  console.log(
    process.argv.includes('--json')
      ? JSON.stringify({ versions: folders.versions, rows }, null, 2)
      : table(rows, folders.versions),
  );
  process.exitCode = rows.some(({ missed }) => missed) ? 1 : 0;
} finally {
  rmSync(folders.scratch, { recursive: true, force: true });
}
