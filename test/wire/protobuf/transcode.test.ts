import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/util/random.js';
import { encodeMessage } from '../../../src/wire/protobuf/encode.js';
import { wireTypeOfKind } from '../../../src/wire/protobuf/field-facts.js';
import { UnusualJson } from '../../../src/wire/protobuf/json-tape.js';
import { Transcoder } from '../../../src/wire/protobuf/transcode.js';
import { allKinds } from './all-kinds.js';
import { randomObject } from './random-object.js';

type Data = Record<string, unknown>;

function typeOf(apiVersion: string, kind: string): string {
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`no facts of ${apiVersion} ${kind}`);
  return type;
}

/** The message of an object by way of its JSON; undefined where that is unusual. */
function transcoded(object: unknown, type: string): Buffer | undefined {
  try {
    const transcoder = new Transcoder(type);
    const length = transcoder.encode('', Buffer.from(JSON.stringify(object)));
    const bytes = Buffer.from(transcoder.take());
    expect(bytes.length).toBe(length);
    return bytes;
  } catch (error) {
    if (!(error instanceof UnusualJson)) throw error;
    return undefined;
  }
}

/** Shuffles the members of every object except maps of texts. Protobuf does not show their order. */
function shuffled(value: unknown, chance: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, chance));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, shuffled(member, chance), chance()] as const);
  const out: Data = {};
  for (const [key, member] of entries.sort((a, b) => a[2] - b[2])) {
    Object.defineProperty(out, key, { value: member, enumerable: true, configurable: true, writable: true });
  }
  return out;
}

const pod = (metadata: Data, more: Data = {}) => ({ metadata: { name: 'p', ...metadata }, ...more });

describe('the transcoder', () => {
  it('makes the very bytes of random objects of every kind that encoding them makes', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        let unusual = 0;
        for (const [apiVersion, kind] of allKinds) {
          const object = randomObject(apiVersion, kind, seededRandom(seed));
          const type = typeOf(apiVersion, kind);
          const bytes = transcoded(object, type);
          if (bytes === undefined) unusual++;
          else if (!bytes.equals(encodeMessage(object, type)))
            expect({ kind, bytes }).toEqual({ kind, bytes: encodeMessage(object, type) });
        }
        // Random objects have lists of nulls where times are unset, which no object of a server has.
        expect(unusual).toBeLessThan(allKinds.length / 4);
      }),
      { numRuns: 12 },
    );
  });

  it('does not mind the order of members', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const chance = seededRandom(seed);
        const { data, ...secret } = randomObject('v1', 'Secret', chance);
        const object = { data, secret: { ...(shuffled(randomObject('v1', 'Pod', chance), chance) as Data) } };
        const { kind: _kind, apiVersion: _apiVersion, ...rest } = object.secret;
        const inOrder = transcoded(shuffled({ ...secret, data }, chance), 'core/v1.Secret');
        if (inOrder !== undefined)
          expect(inOrder.equals(encodeMessage({ ...secret, data }, 'core/v1.Secret'))).toBe(true);
        const bytes = transcoded(rest, 'core/v1.Pod');
        if (bytes !== undefined) expect(bytes.equals(encodeMessage(rest, 'core/v1.Pod'))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['escapes and every script', pod({ annotations: { a: 'say "hi"\n\\ \u00fc\u{1f600} \ud800', b: '' } })],
    ['maps out of order', pod({ labels: { zeta: '1', alpha: '2', '\u{1f600}': '3', '\uff5e': '4', al: '5' } })],
    ['fields it does not know', pod({ unknown: { a: [1, '}"', { b: null }] }, name: 'q' }, { 'sp"ec': 1, zzz: '\\' })],
    ['nulls, and empty lists and maps', pod({ labels: {}, finalizers: [], annotations: null }, { spec: null })],
    [
      'times of all kinds',
      pod({ creationTimestamp: '2024-02-29T23:59:59Z', deletionTimestamp: '0001-01-01T00:00:00Z' }),
    ],
    ['times before the epoch', pod({ creationTimestamp: '1900-03-01T00:00:00Z' })],
    ['times with a zone', pod({ creationTimestamp: '2026-11-30T10:00:00+01:00' })],
    [
      'the ends of months',
      pod({ creationTimestamp: '2026-12-31T00:00:00Z', deletionTimestamp: '2000-03-01T00:00:00Z' }),
    ],
    ['numbers of many digits', pod({ generation: 2 ** 53, deletionGracePeriodSeconds: -30 })],
    ['nothing', {}],
  ])('agrees about %s', (_what, object) => {
    const bytes = transcoded(object, 'core/v1.Pod');
    expect(bytes?.toString('hex')).toBe(Buffer.from(encodeMessage(object, 'core/v1.Pod')).toString('hex'));
  });

  it.each([
    ['a number for a name', { metadata: { name: 7 } }],
    ['a text for a boolean', { immutable: 'yes' }],
    ['a list for an object', { metadata: [] }],
    ['an object for a list', { metadata: { finalizers: {} } }],
    ['a null among texts', { metadata: { finalizers: [null] } }],
    ['keys with escapes, whose order does not show', { data: { 'a"b': '' } }],
  ])('leaves to others: %s', (_what, object) => {
    expect(transcoded(object, 'core/v1.ConfigMap')).toBeUndefined();
  });

  it('fails on whatever is cut off or changed, or makes something of it, and works on', () => {
    const json = Buffer.from(JSON.stringify(randomObject('v1', 'Pod', seededRandom(7))));
    const transcoder = new Transcoder('core/v1.Pod');
    const whole = transcoder.encode('', json);
    const chance = seededRandom(11);
    for (let at = 0; at < json.length; at++) {
      expect(() => transcoder.encode('', json.subarray(0, at))).toThrow();
      const changed = Buffer.from(json);
      changed[at] = Math.floor(chance() * 256);
      try {
        transcoder.encode('', changed);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(transcoder.encode('', json)).toBe(whole);
  });
});
