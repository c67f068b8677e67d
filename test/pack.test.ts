import { expect, inject, it } from 'vitest';

it('a', () => {
  expect(inject('seed')).toBeTypeOf('number');
});
