import { createHash } from 'node:crypto';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dataFrame,
  HeaderDeflater,
  HeaderInflater,
  SpdyConnection,
  type SpdyError,
  type SpdyStream,
} from '../../src/stream-codec/index.js';
import { spdyDictionary } from '../../src/stream-codec/spdy/dictionary.js';

/** Two connections whose pipes lead to each other, by way of the microtask queue. */
function pair(onStream?: (stream: SpdyStream) => void) {
  const closed: (SpdyError | undefined)[] = [];
  const paused = { client: false, server: false };
  const held: Record<'client' | 'server', Uint8Array[]> = { client: [], server: [] };
  const ends: Partial<Record<'client' | 'server', SpdyConnection>> = {};
  const deliver = (to: 'client' | 'server') => {
    while (!paused[to] && held[to].length > 0) ends[to]?.receive(held[to].shift() ?? new Uint8Array(0));
  };
  const pipe = (from: 'client' | 'server', to: 'client' | 'server') => ({
    write: (bytes: Uint8Array, done?: () => void) => {
      held[to].push(Buffer.from(bytes));
      setImmediate(() => {
        deliver(to);
        done?.();
      });
    },
    pause: () => {
      paused[from] = true;
    },
    resume: () => {
      paused[from] = false;
      setImmediate(() => deliver(from));
    },
  });
  const client = new SpdyConnection({ role: 'client', pipe: pipe('client', 'server'), onClose: (e) => closed.push(e) });
  const server = new SpdyConnection({ role: 'server', pipe: pipe('server', 'client'), onStream });
  ends.client = client;
  ends.server = server;
  return { client, server, closed, paused };
}

/** Reads to the end. Iterating would destroy the stream then, and with it the other direction. */
function all(stream: SpdyStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });
}

describe('the header compression', () => {
  test('has the dictionary of the draft', () => {
    expect(createHash('sha256').update(spdyDictionary()).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    );
  });

  test('is one zlib stream that zlib itself reads', () => {
    const deflater = new HeaderDeflater();
    const blocks = ['stdin', 'stdout', 'error'].map((type) => deflater.encode(new Map([['streamtype', [type]]])));
    const plain = inflateSync(Buffer.concat(blocks), {
      dictionary: spdyDictionary(),
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    expect(plain.toString('latin1')).toContain('stdout');
    const inflater = new HeaderInflater();
    expect(blocks.map((block) => inflater.decode(block).get('streamtype'))).toEqual([['stdin'], ['stdout'], ['error']]);
  });

  test('comes back as it was sent, block after block', () => {
    const header = fc.tuple(
      fc.stringMatching(/^[a-z]{1,20}$/),
      fc.array(fc.stringMatching(/^[ -~]{0,40}$/), { minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(header), { maxLength: 8 }), (blocks) => {
        const deflater = new HeaderDeflater();
        const inflater = new HeaderInflater();
        for (const block of blocks) {
          const headers = new Map(block);
          expect(inflater.decode(deflater.encode(headers))).toEqual(headers);
        }
      }),
    );
  });

  test('refuses a block that unpacks to more than 256 KiB', () => {
    const bomb = deflateSync(Buffer.alloc(300_000), { dictionary: spdyDictionary() });
    expect(() => new HeaderInflater().decode(bomb)).toThrow('cannot be decompressed');
  });
});

describe('a SPDY connection', () => {
  test('carries streams both ways, half-closed one by one', async () => {
    const { client, server } = pair((stream) => stream.pipe(stream));
    const stream = client.open({ streamType: 'data', port: '80' });
    await stream.replied;
    const sent = Buffer.alloc(3_000_000, 'abcdefg');
    stream.end(sent);
    expect((await all(stream)).equals(sent)).toBe(true);
    expect([client.streamCount, server.streamCount]).toEqual([0, 0]);
  });

  test('hands the headers to the other side', async () => {
    const seen: SpdyStream[] = [];
    const { client } = pair((stream) => seen.push(stream));
    await client.open({ streamType: 'error', requestID: '7' }).replied;
    expect(seen[0]?.header('streamType')).toBe('error');
    expect(seen[0]?.header('requestid')).toBe('7');
  });

  test('answers pings', async () => {
    const { client, server } = pair();
    await Promise.all([client.ping(), server.ping()]);
  });

  test('holds back a sender whose reader is slow, and no other stream', async () => {
    const streams: SpdyStream[] = [];
    const { client, paused } = pair((stream) => streams.push(stream));
    const slow = client.open({ streamType: 'data' });
    await slow.replied;
    let sent = 0;
    slow.write(Buffer.alloc(4_000_000), () => {
      sent = 1;
    });
    const fast = client.open({ streamType: 'data' });
    await fast.replied;
    fast.end(Buffer.alloc(1_000_000));
    const [first, second] = streams;
    if (first === undefined || second === undefined) throw new Error('two streams were opened');
    expect((await all(second)).length).toBe(1_000_000);
    expect(sent).toBe(0);
    expect(first.readableLength).toBeLessThanOrEqual(320 * 1024);
    expect(paused.server).toBe(false);
    slow.end();
    expect((await all(first)).length).toBe(4_000_000);
  });

  test('pauses the pipe for a peer that keeps no window', async () => {
    const calls: string[] = [];
    const streams: SpdyStream[] = [];
    const pipe = { write: () => {}, pause: () => void calls.push('pause'), resume: () => void calls.push('resume') };
    const server = new SpdyConnection({ role: 'server', pipe, onStream: (stream) => streams.push(stream) });
    const head = Buffer.concat([Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 0]), Buffer.alloc(10)]);
    const block = new HeaderDeflater().encode(new Map([['streamtype', ['data']]]));
    head.writeUInt32BE(1, 8);
    head.writeUIntBE(10 + block.length, 5, 3);
    server.receive(Buffer.concat([head, block]));
    for (let sent = 0; sent < 10; sent++) server.receive(dataFrame(1, Buffer.alloc(60_000), sent === 9));
    expect(calls).toEqual(['pause']);
    const [stream] = streams;
    if (stream === undefined) throw new Error('a stream was opened');
    expect((await all(stream)).length).toBe(600_000);
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('resets a stream without harm to the others', async () => {
    const { client, server } = pair((stream) => {
      stream.on('error', () => {});
      if (stream.header('streamType') === 'bad') stream.destroy();
      else stream.pipe(stream);
    });
    const bad = client.open({ streamType: 'bad' });
    const failed = new Promise<Error>((resolve) => bad.once('error', resolve));
    const good = client.open({ streamType: 'good' });
    good.end('still here');
    expect((await all(good)).toString()).toBe('still here');
    expect((await failed).message).toContain('reset');
    expect([client.streamCount, server.streamCount]).toEqual([0, 0]);
  });

  test('hands out what came before a reset', async () => {
    const { client } = pair((stream) => {
      stream.write('connection refused');
      setImmediate(() => stream.destroy());
    });
    const stream = client.open({ streamType: 'error' });
    await stream.replied;
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
    expect(String(stream.read())).toBe('connection refused');
    expect((await failed).message).toContain('reset');
  });

  test('fails open streams when it closes', async () => {
    const { client, closed } = pair(() => {});
    const stream = client.open({ streamType: 'data' });
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
    client.close();
    expect((await failed).message).toBe('the connection closed');
    await expect(stream.replied).rejects.toThrow('the connection closed');
    expect(closed).toEqual([undefined]);
    expect(() => client.open({})).toThrow('closed');
  });

  test('refuses more streams than it was told to take', async () => {
    const { client } = pair();
    await expect(client.open({ streamType: 'data' }).replied).rejects.toThrow('status 3');
  });

  test('neither crashes nor keeps memory, whatever bytes arrive', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    // Random bytes rarely look like a frame, so most runs begin with a good head.
    const frame = fc
      .tuple(fc.constantFrom(0x80, 0), fc.nat(10), fc.nat(1), bytes)
      .map(([top, type, flags, payload]) =>
        Buffer.concat([Buffer.from([top, 3, 0, type, flags, 0, 0, payload.length]), payload]),
      );
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, frame), { maxLength: 20 }), (chunks) => {
        const pipe = { write: () => {}, pause: () => {}, resume: () => {} };
        const onStream = (stream: SpdyStream) => void stream.on('error', () => {});
        const server = new SpdyConnection({ role: 'server', pipe, onStream });
        for (const chunk of chunks) server.receive(chunk);
        server.close();
        expect(server.closed).toBe(true);
      }),
    );
  });

  test('reads the same whatever way the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), async (cuts) => {
        const written: Uint8Array[] = [];
        const pipe = {
          write: (bytes: Uint8Array, done?: () => void) => {
            written.push(bytes);
            done?.();
          },
          pause: () => {},
          resume: () => {},
        };
        const client = new SpdyConnection({ role: 'client', pipe });
        client.open({ streamType: 'stdin' }).end('hello');
        await new Promise(setImmediate);
        const streams: SpdyStream[] = [];
        const quiet = { write: () => {}, pause: () => {}, resume: () => {} };
        const server = new SpdyConnection({ role: 'server', pipe: quiet, onStream: (stream) => streams.push(stream) });
        const bytes = Buffer.concat(written);
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          server.receive(bytes.subarray(at, at + length));
          at += length;
        }
        const [stream] = streams;
        if (stream === undefined) throw new Error('a stream was opened');
        expect((await all(stream)).toString()).toBe('hello');
      }),
    );
  });
});
