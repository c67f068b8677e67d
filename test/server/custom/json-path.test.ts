import { describe, expect, it } from 'vitest';
import { parseJsonPath } from '../../../src/server/custom/json-path.js';

const object = {
  spec: { size: 3, names: ['n1', 'n2'], 'a.b': 'dotted' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Synced', status: 'False' },
    ],
  },
};

describe('JSON paths of columns and selectable fields', () => {
  it.each([
    ['.spec.size', [3]],
    ['.spec.names[0]', ['n1']],
    ['.spec.names[-1]', ['n2']],
    ['.spec.names[*]', ['n1', 'n2']],
    [".spec['a.b']", ['dotted']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ['.status.conditions[?(@.status=="False")].type', ['Synced']],
    ['.spec.none.deeper', []],
    ['.spec.constructor', []],
  ])('reads %s', (path, expected) => {
    expect(parseJsonPath(path)?.(object)).toEqual(expected);
  });

  it('takes nothing else for a path', () => {
    expect(parseJsonPath('')).toBeUndefined();
    expect(parseJsonPath('.spec[')).toBeUndefined();
  });
});
