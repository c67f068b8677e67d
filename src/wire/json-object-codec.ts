import { MalformedError } from './codec.js';
import { jsonCodec } from './json-codec.js';
import { asBuffer, JsonHead, relativeTo } from './json-head.js';
import { JsonListRanges } from './json-list.js';
import { rehydrateJson } from './json-rehydrate.js';
import { JsonCursor, sameBytes, skipSpace, text } from './json-scanner.js';
import { LineRanges } from './line-ranges.js';
import { type FrameScan, FrameType, type ObjectCodec } from './object-codec.js';

const frameKeys = [Buffer.from('type'), Buffer.from('object')];
const frameTypes = new Map<string, FrameType>([
  ['ADDED', FrameType.Added],
  ['MODIFIED', FrameType.Modified],
  ['DELETED', FrameType.Deleted],
  ['BOOKMARK', FrameType.Bookmark],
  ['ERROR', FrameType.Error],
]);
const initialEventsEnd = 'k8s.io/initial-events-end';

const cursor = new JsonCursor();

/** JSON for the cache: `{"type":…,"object":…}` a line, and objects in whatever order and with whatever white space. */
export const jsonObjectCodec: ObjectCodec = {
  encoding: 'json',
  frames: (limits) => new LineRanges(limits),
  listItems: (limits) => new JsonListRanges(limits),
  head: (options) => new JsonHead(jsonObjectCodec, options),
  encode: (value) => Buffer.from(JSON.stringify(value)),

  scanFrame(bytes, start, end, out, head) {
    if (!(head instanceof JsonHead)) throw new TypeError('the head is not of this codec');
    try {
      scanFrame(asBuffer(bytes), start, end, out, head);
    } catch (error) {
      throw relativeTo(start, error);
    }
    const isBookmark = out.type === FrameType.Bookmark;
    out.resourceVersion = isBookmark ? head.resourceVersion : '';
    out.initialEventsEnd = isBookmark && head.annotation(initialEventsEnd) === 'true';
  },

  hydrate: (bytes, start, end) => jsonCodec.decode(bytes.subarray(start, end)),
  rehydrate: rehydrateJson,
};

/** The usual first bytes of a frame, by the first letter of its type. */
const usualStarts: ({ readonly type: FrameType; readonly bytes: Buffer } | undefined)[] = [];
for (const [name, type] of frameTypes) {
  usualStarts[name.charCodeAt(0)] = { type, bytes: Buffer.from(`{"type":"${name}","object":`) };
}
const letterAt = '{"type":"'.length;

/** Scans a frame that is written as API servers write them; false where it may be another, of which nothing is said then. */
function scanUsual(b: Buffer, start: number, end: number, out: FrameScan, head: JsonHead): boolean {
  const usual = usualStarts[b[start + letterAt] ?? 0];
  if (usual === undefined || !sameBytes(b, start, usual.bytes)) return false;
  const at = start + usual.bytes.length;
  if (at >= end || b[at] !== 0x7b) return false;
  const after = head.scanValue(b, at, end);
  if (b[after] !== 0x7d || skipSpace(b, after + 1, end) !== end) return false;
  out.type = usual.type;
  out.objectStart = at;
  out.objectEnd = after;
  return true;
}

function scanFrame(b: Buffer, start: number, end: number, out: FrameScan, head: JsonHead): void {
  if (scanUsual(b, start, end, out, head)) return;
  out.type = FrameType.Unknown;
  out.objectStart = -1;
  let scanned = -1;
  cursor.reset(b, start, end);
  cursor.enter('the frame');
  for (let first = true; cursor.next(first); first = false) {
    const at = cursor.at;
    switch (cursor.keyIn(frameKeys)) {
      case 0:
        cursor.skip();
        out.type = b[at] === 0x22 ? frameTypeOf(b, at + 1, cursor.at - 1) : FrameType.Unknown;
        break;
      case 1:
        out.objectStart = b[at] === 0x7b ? at : -1;
        if (out.objectStart === -1 || scanned !== -1) {
          cursor.skip();
        } else {
          scanned = at;
          cursor.at = head.scanValue(b, at, end);
        }
        out.objectEnd = cursor.at;
        break;
      default:
        cursor.skip();
    }
  }
  cursor.finish();
  if (out.objectStart === -1) throw new MalformedError('a frame without an object', start);
  // Of repeated objects the last counts; it is looked into only now, as there may be many.
  if (out.objectStart !== scanned) head.scanValue(b, out.objectStart, out.objectEnd);
}

function frameTypeOf(b: Buffer, start: number, end: number): FrameType {
  return frameTypes.get(text(b, start, end)) ?? FrameType.Unknown;
}
