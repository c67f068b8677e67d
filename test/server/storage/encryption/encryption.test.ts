import { createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aesCbc } from '../../../../src/server/storage/encryption/aes-cbc.js';
import { aesGcm } from '../../../../src/server/storage/encryption/aes-gcm.js';
import { Encryption } from '../../../../src/server/storage/encryption/encryption.js';
import { identity } from '../../../../src/server/storage/encryption/identity.js';
import type { Sealer, SealingKey } from '../../../../src/server/storage/encryption/sealer.js';
import { secretbox } from '../../../../src/server/storage/encryption/secretbox.js';
import { decodeObject } from '../../../../src/wire/protobuf/decode.js';
import { readRepoFile } from '../../../helpers/repo.js';
import { bytes, text } from '../model.js';

/** A value that kube-apiserver 1.36 wrote to etcd: the ConfigMap has its provider in `data.by`. */
interface Recorded {
  readonly provider: 'aescbc' | 'aesgcm' | 'secretbox';
  readonly secret: string;
  readonly key: string;
  readonly value: string;
  readonly uid: string;
}

const recorded: readonly Recorded[] = JSON.parse(readRepoFile('test/fixtures/encryption/kube-apiserver.json'));
const providers: { readonly [name: string]: (key: SealingKey) => Sealer } = {
  aescbc: aesCbc,
  aesgcm: aesGcm,
  secretbox,
};
const key = (name: string, length = 32): SealingKey => ({ name, secret: randomBytes(length) });
const place = '/registry/secrets/default/one';
const encryption = (...sealers: Sealer[]) => new Encryption([{ resources: ['secrets'], sealers }], () => 'secrets');

describe('the encryption of stored values', () => {
  it.each(
    recorded.map((one) => [`${one.provider} with ${Buffer.from(one.secret, 'base64').length} bytes`, one] as const),
  )('reads what kube-apiserver wrote: %s', (_, { provider, secret, key: stored, value, uid }) => {
    const sealer = providers[provider]?.({ name: 'key1', secret: Buffer.from(secret, 'base64') }) ?? identity;
    const opened = encryption(sealer).open(stored, Buffer.from(value, 'base64'));
    const object = decodeObject(opened.value);
    expect(object).toMatchObject({ kind: 'ConfigMap', metadata: { uid }, data: { by: provider } });
  });

  it.each(Object.keys(providers))('gives back any value: %s', (name) => {
    const one = encryption(providers[name]?.(key('key1')) ?? identity);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        const { stored, sealedBy } = one.seal(place, value);
        expect(text(stored.subarray(0, 20 + name.length))).toContain(
          `k8s:enc:${name}:v1:key1:`.slice(0, 20 + name.length),
        );
        const opened = one.open(place, stored);
        expect(Buffer.from(opened.value).equals(value)).toBe(true);
        expect(opened.sealedBy).toBe(sealedBy);
        // A new nonce for every value.
        expect(Buffer.from(one.seal(place, value).stored).equals(stored)).toBe(false);
      }),
    );
  });

  it('has the layout of kube-apiserver: aescbc', () => {
    const own = key('key1');
    const { stored } = encryption(aesCbc(own)).seal(place, bytes('value'));
    const rest = stored.subarray('k8s:enc:aescbc:v1:key1:'.length);
    const decipher = createDecipheriv('aes-256-cbc', own.secret, rest.subarray(0, 16));
    expect(decipher.update(rest.subarray(16), undefined, 'utf8') + decipher.final('utf8')).toBe('value');
  });

  it('binds a value to its place with aesgcm', () => {
    const one = encryption(aesGcm(key('key1')));
    const { stored } = one.seal(place, bytes('value'));
    expect(() => one.open(`${place}2`, stored)).toThrow('cipher: message authentication failed');
    const changed = Buffer.from(stored);
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    expect(() => one.open(place, changed)).toThrow('cipher: message authentication failed');
  });

  it('writes with the first key and reads with all, also where keys share a name', () => {
    // Not aescbc for two keys of one name: in one of 256 values, the wrong key finds a valid padding.
    const [old, young] = [aesGcm(key('a')), aesCbc(key('a'))];
    const [again, other] = [aesGcm(key('a')), secretbox(key('a'))];
    const before = encryption(old);
    const { stored } = before.seal(place, bytes('value'));
    for (const sealers of [
      [young, old],
      [again, old],
      [identity, other, old],
      [other, identity, old],
    ]) {
      const after = encryption(...sealers);
      const opened = after.open(place, stored);
      expect(text(opened.value)).toBe('value');
      const kv = { key: place, value: opened.value, createRevision: 1, modRevision: 1, sealedBy: opened.sealedBy };
      expect(after.isStale(kv)).toBe(true);
      expect(before.isStale(kv)).toBe(false);
    }
  });

  it('reads plain values where identity is among the providers, and refuses encrypted ones without their key', () => {
    const sealer = aesCbc(key('key1'));
    const { stored } = encryption(sealer).seal(place, bytes('value'));
    expect(text(encryption(sealer, identity).open(place, bytes('{}')).value)).toBe('{}');
    expect(() => encryption(sealer).open(place, bytes('{}'))).toThrow('no matching key was found');
    expect(() => encryption(aesCbc(key('key2')), identity).open(place, stored)).toThrow('no matching key was found');
    expect(() => encryption(identity).open(place, stored)).toThrow('no matching key was found');
    expect(() => new Encryption([], () => '').open(place, stored)).toThrow('tried to read encrypted data');
    for (const length of [0, 5, 20]) {
      const cut = stored.subarray(0, 'k8s:enc:aescbc:v1:key1:'.length + length);
      expect(() => encryption(sealer).open(place, cut)).toThrow(/required size|block size/);
    }
  });

  it('finds the keys of a resource: its own, those of its group, those of all', () => {
    const rules = [
      { resources: ['events'], sealers: [identity] },
      { resources: ['secrets'], sealers: [aesCbc(key('a'))] },
      { resources: ['*.apps', '*.'], sealers: [aesCbc(key('b'))] },
      { resources: ['*.*'], sealers: [aesCbc(key('c'))] },
    ];
    const one = new Encryption(rules, (resource) => resource);
    const nameOf = (resource: string) => /:(.):/.exec(text(one.seal(resource, bytes('x')).stored))?.[1];
    const resources = ['events', 'secrets', 'pods', 'deployments.apps', 'jobs.batch', 'widgets.example.com'];
    expect(resources.map(nameOf)).toEqual([undefined, 'a', 'b', 'b', 'c', 'c']);
  });
});
