import { describe, expect, it } from 'vitest';
import { convertFault } from '../../../src/server/go-text/convert-fault.js';

describe('a map that does not convert to a struct', () => {
  it.each([
    [{ metadata: { labels: 'x' } }, 'cannot restore map from string'],
    [{ metadata: 7 }, 'cannot restore struct from: int64'],
    [{ metadata: { finalizers: true } }, 'cannot restore slice from bool'],
    [{ type: 5 }, 'cannot convert int64 to v1.SecretType'],
    [{ type: {} }, 'unrecognized type: string'],
    [{ type: 1.5 }, 'unrecognized type: string'],
    [{ immutable: 'x' }, 'unrecognized type: bool'],
    [{ metadata: { generation: 1.5 } }, 'cannot convert float64 to int64'],
    [{ data: { a: '1e3' } }, 'error decoding from json: illegal base64 data at input byte 0'],
    [{ metadata: { creationTimestamp: {} } }, 'json: cannot unmarshal object into Go value of type string'],
    [{ type: null, metadata: { generation: 1e21 } }, undefined],
    // Fields are visited in the order of the struct, whatever that of the text.
    [{ type: 5, metadata: { labels: 'x' } }, 'cannot restore map from string'],
  ])('%j', (secret, text) => {
    expect(convertFault('core/v1.Secret', secret)).toBe(text);
  });
});
