import { MalformedError } from './codec.js';
import { jsonCodec } from './json-codec.js';
import { asBuffer, JsonHead, relativeTo } from './json-head.js';
import { JsonListRanges } from './json-list.js';
import { JsonCursor, text } from './json-scanner.js';
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
};

function scanFrame(b: Buffer, start: number, end: number, out: FrameScan, head: JsonHead): void {
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
