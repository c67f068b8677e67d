import { describe, expect, it } from 'vitest';
import { BodyBudget } from '../../../src/server/http/body-budget.js';
import { StatusError } from '../../../src/server/object/status-error.js';

describe('the bytes of bodies under way', () => {
  it('are bounded over all requests, and free again when a request ends', () => {
    const budget = new BodyBudget(100);
    const [one, two] = [budget.share(), budget.share()];
    one.hold(60);
    two.hold(40);
    const held = (): unknown => {
      try {
        two.hold(1);
        return undefined;
      } catch (error) {
        return error instanceof StatusError ? [error.status.code, error.headers['retry-after']] : error;
      }
    };
    expect(held()).toEqual([429, '1']);
    one.release();
    one.release();
    expect(held()).toBe(undefined);
    budget.share().hold(59);
    expect(held()).toEqual([429, '1']);
  });
});
