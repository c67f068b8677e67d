import { describe, expect, it } from 'vitest';
import { compileJsonQuery } from '../../../src/cluster/simulated/json-query.js';

const node = {
  metadata: { annotations: { 'example.com/delay': '1s' } },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
    ],
  },
};

describe('a query', () => {
  it.each([
    ['.status.phase', ['Running']],
    ['.status.missing', [null]],
    ['.missing.deeper', [null]],
    ['.status.phase.deeper', []],
    ['.status.conditions[].type', ['Ready', 'DiskPressure']],
    ['.status.conditions.[].type', ['Ready', 'DiskPressure']],
    ['.missing.[].type', []],
    ['.status.conditions.[] | select( .type == "Ready" ) | .status', ['True']],
    ['.status.conditions[] | select(.type != "Ready" and .status == "False") | .type', ['DiskPressure']],
    ['.status.conditions[] | select(.type == "Ready" | not) | .type', ['DiskPressure']],
    ['.metadata.annotations["example.com/delay"]', ['1s']],
    ['.status.conditions[0].type', ['Ready']],
    ['.', [node]],
  ])('%s gives its results', (text, results) => {
    expect(compileJsonQuery(text)(node)).toEqual(results);
  });

  it.each(['.a |', 'keys', '.a[', 'select(.a', '.a ?', '..'])('%s is refused', (text) => {
    expect(() => compileJsonQuery(text)).toThrow(/cannot read the expression/);
  });
});
