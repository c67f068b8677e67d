import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ChannelConnection,
  channelProtocol,
  channels,
  chooseProtocol,
  decodeChannelMessage,
  encodeChannelClose,
  encodeChannelData,
} from '../../src/stream-codec/index.js';

const NAMES = ['v5', 'v4', 'v3', 'v2'].flatMap((v) => [`${v}.channel.k8s.io`, `${v}.base64.channel.k8s.io`]);
const ALL = [...NAMES, 'channel.k8s.io', 'base64.channel.k8s.io', ''];

function protocolOf(name: string) {
  const protocol = channelProtocol(name);
  if (protocol === undefined) throw new Error(`no protocol ${name}`);
  return protocol;
}
const bytesOf = (message: Uint8Array | string) => (typeof message === 'string' ? Buffer.from(message) : message);

describe('the choice of a protocol', () => {
  test.each([
    [['v4.channel.k8s.io', 'v5.channel.k8s.io'], 'v5.channel.k8s.io'],
    [['channel.k8s.io', 'v4.channel.k8s.io'], 'channel.k8s.io'],
    [['v2.channel.k8s.io', 'base64.channel.k8s.io'], 'base64.channel.k8s.io'],
    [[], ''],
    [['v2.channel.k8s.io'], undefined],
    [['v3.channel.k8s.io'], undefined],
    [['v5.base64.channel.k8s.io'], undefined],
    [['chat'], undefined],
  ])('of %j is %s', (offered, chosen) => expect(chooseProtocol(offered)?.name).toBe(chosen));
});

describe('a channel message', () => {
  test.each(ALL)('of %j comes back as it was sent', (name) => {
    fc.assert(
      fc.property(fc.nat(4), fc.uint8Array(), (channel, data) => {
        const message = bytesOf(encodeChannelData(protocolOf(name), channel, data));
        const decoded = decodeChannelMessage(protocolOf(name), message);
        expect({ ...decoded, data: 'data' in decoded ? [...decoded.data] : [] }).toEqual({
          kind: 'data',
          channel,
          data: [...data],
        });
      }),
    );
  });

  test.each(ALL)('of %j never throws, whatever it holds', (name) => {
    fc.assert(fc.property(fc.uint8Array(), (message) => void decodeChannelMessage(protocolOf(name), message)));
  });

  test('closes a channel in v5 only', () => {
    const v5 = protocolOf('v5.channel.k8s.io');
    expect(encodeChannelClose(v5, 0)).toEqual(Buffer.from([255, 0]));
    expect(decodeChannelMessage(v5, Uint8Array.of(255, 0))).toEqual({ kind: 'close', channel: 0 });
    expect(decodeChannelMessage(v5, Uint8Array.of(255))).toEqual({ kind: 'malformed' });
    expect(decodeChannelMessage(v5, Uint8Array.of(255, 9))).toEqual({ kind: 'malformed' });
    expect(encodeChannelClose(protocolOf('v4.channel.k8s.io'), 0)).toBeUndefined();
    expect(decodeChannelMessage(protocolOf('v4.channel.k8s.io'), Uint8Array.of(255, 0))).toMatchObject({
      channel: 255,
    });
  });
});

describe('a channel connection', () => {
  test('pauses the socket while a reader is slow', async () => {
    const calls: string[] = [];
    const socket = { send: () => {}, pause: () => void calls.push('pause'), resume: () => void calls.push('resume') };
    const v4 = protocolOf('v4.channel.k8s.io');
    const connection = new ChannelConnection(v4, socket);
    const stdout = connection.open(channels.stdout);
    const message = bytesOf(encodeChannelData(v4, channels.stdout, new Uint8Array(40_000)));
    for (let sent = 0; sent < 3; sent++) expect(connection.receive(message)).toBe(true);
    expect(calls).toEqual(['pause']);
    let read = 0;
    stdout.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    const ended = new Promise((resolve) => stdout.once('end', resolve));
    setImmediate(() => connection.end());
    await ended;
    expect(read).toBe(120_000);
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('splits long writes and ends a channel', async () => {
    const sent: (Uint8Array | string)[] = [];
    const socket = {
      send: (message: Uint8Array | string, done: () => void) => {
        sent.push(message);
        done();
      },
      pause: () => {},
      resume: () => {},
    };
    const stdin = new ChannelConnection(protocolOf('v5.channel.k8s.io'), socket).open(channels.stdin);
    stdin.end(Buffer.alloc(70_000));
    await new Promise((resolve) => stdin.once('finish', resolve));
    expect(sent.map((message) => message.length)).toEqual([32_769, 32_769, 4465, 2]);
  });
});
