import { expect, it } from 'vitest';
import { closeWithin } from '../../src/cli/close-within.js';
import { systemClock } from '../../src/util/clock.js';

it('a server that never closes is not waited for longer than the deadline', async () => {
  await closeWithin({ close: () => new Promise(() => {}) }, systemClock, 10);
});

it('a server that closes in time is waited for, and its error is told', async () => {
  await closeWithin({ close: async () => {} }, systemClock, 60_000);
  await expect(closeWithin({ close: () => Promise.reject(new Error('mine')) }, systemClock, 60_000)).rejects.toThrow(
    'mine',
  );
});
