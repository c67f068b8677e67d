import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { duplexPair } from '../../../src/cluster/network/duplex-pair.js';
import { PodAddresses } from '../../../src/cluster/network/pod-addresses.js';
import { VirtualNetwork } from '../../../src/cluster/network/virtual-network.js';

describe('a pair of streams', () => {
  it('passes bytes both ways, and each end by itself', async () => {
    const [near, far] = duplexPair();
    const heard = (end: Duplex) => new Promise<string>((resolve) => end.once('data', (data) => resolve(String(data))));
    near.end('question');
    expect(await heard(far)).toBe('question');
    far.end('answer');
    expect(await heard(near)).toBe('answer');
  });

  it('holds a writer back while nobody reads', async () => {
    const [near, far] = duplexPair();
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const writing = (async () => {
      for (let n = 0; n < 64; n++) {
        await new Promise((resolve) => near.write(chunk, resolve));
        written++;
      }
      near.end();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(4);
    let received = 0;
    for await (const piece of far) received += piece.length;
    await writing;
    expect(received).toBe(64 * chunk.length);
  });

  it('fails when the other end is destroyed', async () => {
    const [near, far] = duplexPair();
    far.destroy(new Error('cut'));
    await expect(text(near)).rejects.toThrow('read ECONNRESET');
  });
});

describe('addresses of pods', () => {
  it('are of the range, and come back last', () => {
    const addresses = new PodAddresses('10.1.2.0/29');
    const taken = Array.from({ length: 5 }, () => addresses.take());
    expect(taken).toEqual(['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5', '10.1.2.6']);
    expect(() => addresses.take()).toThrow('all of 10.1.2.0/29 are in use');
    addresses.release('10.1.2.4');
    expect(addresses.take()).toBe('10.1.2.4');
  });

  it.each(['10.0.0.0', '10.0.0.0/31', 'fd00::/64', 'x/24'])('are not made of %s', (cidr) => {
    expect(() => new PodAddresses(cidr)).toThrow('is not an IPv4 range');
  });
});

describe('a network', () => {
  it('connects hosts, and refuses ports where nothing listens', async () => {
    const network = new VirtualNetwork('10.1.0.0/16');
    const host = network.join();
    const stop = network.listen(host, 80, (connection) => connection.end('hello'));
    expect(await text(await network.connect(host, 80))).toBe('hello');
    await expect(network.connect(host, 81)).rejects.toThrow(`dial tcp ${host}:81: connect: connection refused`);
    expect(() => network.listen(host, 80, () => {})).toThrow('address already in use');
    stop();
    await expect(network.connect(host, 80)).rejects.toThrow('connection refused');
    network.leave(host);
    await expect(network.connect(host, 80)).rejects.toThrow('no such host');
  });
});
