import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Cluster, connect } from 'keelson';
import { Pod } from 'keelson/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TarEntry } from '../../src/streams/tar/tar-entry.js';
import { unpackTree } from '../../src/streams/tar/tar-files.js';
import { readTar } from '../../src/streams/tar/tar-reader.js';
import { tarEnd, tarHeader, tarPadding } from '../../src/streams/tar/tar-writer.js';
import { StreamPeer, type StreamPeerOptions } from '../helpers/stream-peer.js';

let folder: string;
let peer: StreamPeer;
let cluster: Cluster;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-copy-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster?.close();
  await peer?.[Symbol.asyncDispose]();
});

async function pods(options: StreamPeerOptions = {}) {
  peer = await StreamPeer.start(options);
  cluster = await connect({ server: peer.url });
  return cluster.resource(Pod).in('shop');
}

function tree(at: string): void {
  mkdirSync(join(at, 'deep/deeper'), { recursive: true });
  writeFileSync(join(at, 'index.html'), '<h1>hello</h1>');
  writeFileSync(join(at, 'deep', `${'long-'.repeat(30)}nämé.txt`), 'long');
  writeFileSync(join(at, 'deep/deeper/big.bin'), Buffer.alloc(700_001, 'abc'));
  writeFileSync(join(at, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(at, 'run.sh'), 0o750);
  utimesSync(join(at, 'index.html'), 1_600_000_000, 1_600_000_000);
  symlinkSync('index.html', join(at, 'link'));
}

const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a copy', () => {
  test.each([
    ['over WebSocket', {}],
    ['over SPDY', { refuseWebSocket: 403 }],
  ])('of a tree goes there and back %s', async (_, options) => {
    const shop = await pods(options);
    tree(join(folder, 'site'));
    const progress: number[] = [];
    const there = join(folder, 'there/below');
    const up = await shop.copyTo('web-0', join(folder, 'site'), there, {
      onProgress: ({ bytes }) => void progress.push(bytes),
    });
    expect(up).toMatchObject({ files: 4, skipped: [] });
    expect(progress.at(-1)).toBe(up.bytes);
    const down = await shop.copyFrom('web-0', there, join(folder, 'back'));
    expect(down).toMatchObject({ files: 4, bytes: up.bytes, skipped: [] });
    for (const file of ['index.html', `deep/${'long-'.repeat(30)}nämé.txt`, 'deep/deeper/big.bin']) {
      expect(hash(join(folder, 'back', file))).toBe(hash(join(folder, 'site', file)));
    }
    expect(statSync(join(folder, 'back/run.sh')).mode & 0o777).toBe(0o750);
    expect(statSync(join(folder, 'back/index.html')).mtimeMs).toBe(1_600_000_000_000);
    expect(readlinkSync(join(folder, 'back/link'))).toBe('index.html');
  });

  test('of a single file names the file', async () => {
    const shop = await pods();
    writeFileSync(join(folder, 'a'), 'A');
    await shop.copyTo('web-0', join(folder, 'a'), join(folder, 'b'));
    await shop.copyFrom('web-0', join(folder, 'b'), join(folder, 'c'));
    expect(readFileSync(join(folder, 'c'), 'utf8')).toBe('A');
  });

  test('of 600 small files arrives whole', async () => {
    const shop = await pods();
    mkdirSync(join(folder, 'many'));
    for (let n = 0; n < 600; n++) writeFileSync(join(folder, 'many', `f${n}`), `file ${n}`);
    expect(await shop.copyFrom('web-0', join(folder, 'many'), join(folder, 'out'))).toMatchObject({ files: 600 });
    expect(readFileSync(join(folder, 'out/f599'), 'utf8')).toBe('file 599');
  });

  test('says that the container has no tar', async () => {
    const shop = await pods({ run: () => spawn(join(folder, 'no-such-program')) });
    await expect(shop.copyFrom('web-0', '/etc/hostname', join(folder, 'x'))).rejects.toThrow('has no tar');
  });

  test('tells in the words of tar why it failed', async () => {
    const shop = await pods();
    await expect(shop.copyFrom('web-0', join(folder, 'missing'), join(folder, 'x'))).rejects.toThrow(
      /missing.*No such file/s,
    );
  });
});

const entry = (name: string, over: Partial<TarEntry> = {}): TarEntry => ({
  name,
  type: 'file',
  size: 0,
  mode: 0o644,
  mtime: 1,
  linkName: '',
  ...over,
});

async function* archive(...parts: readonly (TarEntry | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts)
    yield Buffer.isBuffer(part) ? Buffer.concat([part, tarPadding(part.length)]) : tarHeader(part);
  yield tarEnd();
}

describe('a hostile archive', () => {
  test.each([
    ['a name with ..', [entry('root/../../evil')]],
    ['an absolute name', [entry('/etc/evil')]],
    ['a name beside what was asked for', [entry('other/evil')]],
    ['a hard link out of the target', [entry('root/x', { type: 'link', linkName: 'root/../../outside' })]],
  ])('with %s is an error', async (_, entries) => {
    await expect(unpackTree(archive(...entries), 'root', join(folder, 'target'), () => {})).rejects.toThrow(
      'outside of what',
    );
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });

  test('cannot write through a symbolic link that it brings', async () => {
    mkdirSync(join(folder, 'outside'));
    const entries = [
      entry('root/', { type: 'directory' }),
      entry('root/l', { type: 'symlink', linkName: '../outside' }),
      entry('root/l/evil'),
    ];
    await unpackTree(archive(...entries), 'root', join(folder, 'target'), () => {}).catch(() => {});
    expect(existsSync(join(folder, 'outside/evil'))).toBe(false);
  });

  test('cannot write through a symbolic link that is there', async () => {
    mkdirSync(join(folder, 'outside'));
    mkdirSync(join(folder, 'target'));
    symlinkSync(join(folder, 'outside'), join(folder, 'target/l'));
    await expect(unpackTree(archive(entry('root/l/evil')), 'root', join(folder, 'target'), () => {})).rejects.toThrow(
      'not a directory',
    );
    writeFileSync(join(folder, 'outside/kept'), 'kept');
    symlinkSync(join(folder, 'outside/kept'), join(folder, 'target/f'));
    await unpackTree(
      archive(entry('root/f', { size: 4 }), Buffer.from('evil')),
      'root',
      join(folder, 'target'),
      () => {},
    );
    expect(readFileSync(join(folder, 'outside/kept'), 'utf8')).toBe('kept');
    expect(lstatSync(join(folder, 'target/f')).isFile()).toBe(true);
  });

  test('leaves out links that lead out of the target, and devices', async () => {
    const away = entry('root/away', { type: 'symlink', linkName: '/etc/passwd' });
    const { skipped } = await unpackTree(
      archive(entry('root/', { type: 'directory' }), away),
      'root',
      join(folder, 'target'),
      () => {},
    );
    expect(skipped).toEqual(['root/away']);
  });

  test('that is cut short is an error', async () => {
    async function* cut() {
      yield tarHeader(entry('root', { size: 100 }));
      yield Buffer.from('only this');
    }
    await expect(unpackTree(cut(), 'root', join(folder, 'target'), () => {})).rejects.toThrow('cut short');
  });

  test('of any bytes neither crashes nor hangs the reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 1200 }), { maxLength: 5 }), async (chunks) => {
        async function* source() {
          yield* chunks;
        }
        try {
          for await (const { content } of readTar(source())) for await (const _ of content);
        } catch (error) {
          expect(error).toMatchObject({ name: 'TarError' });
        }
      }),
    );
  });

  test('comes back as it was written, whatever the names', async () => {
    const names = fc
      .string({ minLength: 1, maxLength: 300, unit: 'grapheme' })
      .filter((name) => !/[\0/]/.test(name) && !/\p{Surrogate}/u.test(name));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, fc.uint8Array({ maxLength: 700 }))), async (files) => {
        const parts = files.flatMap(([name, data]) => [entry(name, { size: data.length }), Buffer.from(data)]);
        const read: [string, number[]][] = [];
        for await (const { name, content } of readTar(archive(...parts))) {
          const chunks: Buffer[] = [];
          for await (const chunk of content) chunks.push(chunk);
          read.push([name, [...Buffer.concat(chunks)]]);
        }
        expect(read).toEqual(files.map(([name, data]) => [name, [...data]]));
      }),
    );
  });
});
