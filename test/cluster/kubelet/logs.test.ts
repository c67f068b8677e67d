import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from '../../../src/cluster/kubelet/logs/container-log-file.js';
import { parseLogRecord } from '../../../src/cluster/kubelet/logs/log-line.js';
import { type LogReadOptions, readLog } from '../../../src/cluster/kubelet/logs/log-reader.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

let folder: string;
let clock: FakeClock;
const logs: LogFile[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-logs-'));
  clock = new FakeClock();
});
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close();
  await rm(folder, { recursive: true, force: true });
});

async function newLog(maxBytes = 1_000_000, maxFiles = 5): Promise<LogFile> {
  const log = await LogFile.create({ path: join(folder, '0.log'), clock, maxBytes, maxFiles });
  logs.push(log);
  return log;
}

async function read(log: LogFile, options: Partial<LogReadOptions> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  const { signal } = new AbortController();
  for await (const chunk of readLog(log, { follow: false, timestamps: false, ...options }, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a log file', () => {
  it('holds one record for each line, in the order of writing', async () => {
    const log = await newLog();
    await log.write('stdout', Buffer.from('one\ntw'));
    await log.write('stderr', Buffer.from('error\n'));
    await log.write('stdout', Buffer.from('o\nrest'));
    await log.close();
    const lines = (await readFile(join(folder, '0.log'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'stdout F one',
      'stderr F error',
      'stdout F two',
      'stdout P rest',
    ]);
    expect(lines[0]).toMatch(/^2026-01-01T00:00:00\.000000000Z /);
    expect(await read(log)).toBe('one\nerror\ntwo\nrest');
  });

  it('splits long lines into partial records and reads them back whole', async () => {
    const log = await newLog();
    const line = `${'x'.repeat(40_000)}é\n`;
    await log.write('stdout', Buffer.from(line));
    const records = (await readFile(join(folder, '0.log'))).toString('latin1').trimEnd().split('\n');
    expect(records.map((record) => record.split(' ')[2])).toEqual(['P', 'P', 'F']);
    expect(await read(log, { timestamps: true })).toBe(`2026-01-01T00:00:00.000000000Z ${line}`);
  });

  it('keeps the order of the time within one millisecond', async () => {
    const log = await newLog();
    await log.write('stdout', Buffer.from('a\nb\nc\n'));
    const text = await read(log, { timestamps: true });
    const times = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect([...new Set(times)].sort()).toEqual(times);
  });
});

describe('reading a log', () => {
  it.each([
    [{ tailLines: 0 }, ''],
    [{ tailLines: 1 }, 'c\n'],
    [{ tailLines: 2 }, 'b\nc\n'],
    [{ tailLines: 100 }, 'a\nb\nc\n'],
    [{ limitBytes: 3 }, 'a\nb'],
    [{ limitBytes: 3, tailLines: 2 }, 'b\nc'],
  ])('with %j', async (options, expected) => {
    const log = await newLog();
    await log.write('stdout', Buffer.from('a\nb\nc\n'));
    expect(await read(log, options)).toBe(expected);
  });

  it('begins at a time', async () => {
    const log = await newLog();
    await log.write('stdout', Buffer.from('early\n'));
    await clock.advance(60_000);
    await log.write('stdout', Buffer.from('late\n'));
    expect(await read(log, { since: BigInt(clock.now() - 1000) * 1_000_000n })).toBe('late\n');
  });

  it('goes across files that were rotated, and forgets the oldest', async () => {
    const log = await newLog(200, 3);
    for (let n = 0; n < 20; n++) await log.write('stdout', Buffer.from(`line ${n}\n`));
    expect((await readdir(folder)).length).toBe(3);
    const text = await read(log);
    expect(text.endsWith('line 18\nline 19\n')).toBe(true);
    expect(text.startsWith('line 0\n')).toBe(false);
    expect(await read(log, { tailLines: 5 })).toBe('line 15\nline 16\nline 17\nline 18\nline 19\n');
  });

  it('follows across rotations until the log is closed', async () => {
    const log = await newLog(200);
    await log.write('stdout', Buffer.from('line 0\n'));
    const following = read(log, { follow: true });
    for (let n = 1; n < 30; n++) {
      await log.write('stdout', Buffer.from(`line ${n}\n`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    expect(await following).toBe(Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join(''));
  });

  it('ends when the reader is not interested any more', async () => {
    const log = await newLog();
    const stopping = new AbortController();
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of readLog(log, { follow: true, timestamps: false }, stopping.signal))
        chunks.push(`${chunk}`);
    })();
    await log.write('stdout', Buffer.from('a\n'));
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await reading;
    expect(chunks.join('')).toBe('a\n');
  });
});

describe('a record', () => {
  it.each(['', 'no time', 't stdout', 't other F text'])('that is malformed is left out: %j', (text) => {
    expect(parseLogRecord(Buffer.from(text))).toBeUndefined();
  });
});
