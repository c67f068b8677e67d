// What reading the wire costs per object, beside copying the same bytes and beside JSON.parse of them, all in one run.
//
//   npm run build && npm run bench:wire              the table
//   npm run build && npm run bench:wire -- --json    the same as JSON
//
// Figures are nanoseconds of processor time per object, collection of garbage included, the best of interleaved rounds: noise only ever adds. `watch` is split, scan, key,
// resourceVersion and copy; `list` is the same for the items of a list; `x parse` is how many times as much JSON.parse of the
// frame takes as `watch`. For protobuf, `parse same` is JSON.parse of the text of what `hydrate` gives.
import { jsonObjectCodec as codec, FrameScan } from '../dist/src/wire/index.js';
import { kinds } from './wire/objects.mjs';
import { measureProtobuf } from './wire/protobuf.mjs';

/** A target that is written over and over. */
const scratch = Buffer.alloc(32 * 1024 * 1024);
const rounds = 15;
let read = 0;
const totalBytes = 24 * 1024 * 1024;
const chunkBytes = 64 * 1024;

const rows = Object.entries(kinds).map(([kind, make]) => measure(kind, make));
if (read === 0) throw new Error('nothing was read');
const inProtobuf = Object.entries(kinds).flatMap(([kind, make]) => {
  const count = Math.max(8, Math.floor(totalBytes / Buffer.byteLength(JSON.stringify(make(0)))));
  return measureProtobuf(kind, make, count, { compete, chunksOf, scratch }) ?? [];
});
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, rows, protobuf: inProtobuf }, null, 2));
} else {
  for (const [name, table] of Object.entries({ JSON: rows, protobuf: inProtobuf })) {
    console.log(name);
    console.table(Object.fromEntries(table.map(({ kind, ...row }) => [kind, row])));
  }
}

function measure(kind, make) {
  const bytes = Buffer.byteLength(JSON.stringify(make(0)));
  const count = Math.max(8, Math.floor(totalBytes / bytes));
  const objects = Array.from({ length: count }, (_, i) => JSON.stringify(make(i)));
  const watch = chunksOf(objects.map((object) => `{"type":"ADDED","object":${object}}\n`).join(''));
  const list = chunksOf(
    `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[${objects.join(',')}]}\n`,
  );
  const slab = Buffer.alloc(totalBytes + 4 * 1024 * 1024);
  const frame = new FrameScan();
  const head = codec.head();
  const stored = store(watch, slab, frame, head);
  const kept = stored[stored.length - 1].end / count;

  const best = compete({
    copy() {
      let at = 0;
      for (const chunk of watch) {
        if (at + chunk.length > slab.length) at = 0;
        at += chunk.copy(scratch, at);
      }
    },
    split() {
      const frames = codec.frames();
      for (const chunk of watch) frames.push(chunk, () => {});
    },
    scan() {
      const frames = codec.frames();
      for (const chunk of watch) frames.push(chunk, (b, start, end) => codec.scanFrame(b, start, end, frame, head));
    },
    watch() {
      let at = 0;
      const frames = codec.frames();
      for (const chunk of watch) {
        frames.push(chunk, (b, start, end) => {
          codec.scanFrame(b, start, end, frame, head);
          read += head.key.length + head.resourceVersion.length;
          at += head.copyTo(scratch, at);
        });
      }
    },
    list() {
      let at = 0;
      const items = codec.listItems();
      for (const chunk of list) {
        items.push(chunk, (b, start, end) => {
          head.scan(b, start, end);
          read += head.key.length + head.resourceVersion.length;
          at += head.copyTo(scratch, at);
        });
      }
      items.end();
    },
    parse() {
      const frames = codec.frames();
      for (const chunk of watch) frames.push(chunk, (b, start, end) => JSON.parse(b.toString('utf8', start, end)));
    },
    'stored head'() {
      for (const { start, end } of stored) head.scanStored(slab, start, end);
    },
    hydrate() {
      for (const { start, end } of stored) codec.hydrate(slab, start, end);
    },
  });
  const perObject = Object.fromEntries(
    Object.entries(best).map(([name, ms]) => [name, Math.round((ms * 1e6) / count)]),
  );
  return { kind, bytes, kept: Math.round(kept), ...perObject, 'x parse': Number((best.parse / best.watch).toFixed(1)) };
}

/** Runs all in turn, so that they share the machine's good and bad moments; the best time of each, in milliseconds. */
function compete(runs) {
  const best = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      // The slow ones, which are held against each other, take part in as many rounds.
      if (/parse|hydrate/.test(name) && round % 3 !== 0) continue;
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, (user + system) / 1000);
    }
  }
  return best;
}

function store(chunks, slab, frame, head) {
  const stored = [];
  let at = 0;
  const frames = codec.frames();
  for (const chunk of chunks) {
    frames.push(chunk, (b, start, end) => {
      codec.scanFrame(b, start, end, frame, head);
      const length = head.copyTo(slab, at);
      stored.push({ start: at, end: at + length });
      at += length;
    });
  }
  return stored;
}

function chunksOf(stream) {
  const all = Buffer.from(stream);
  return Array.from({ length: Math.ceil(all.length / chunkBytes) }, (_, k) =>
    Buffer.from(all.subarray(k * chunkBytes, (k + 1) * chunkBytes)),
  );
}
