import { describe, expect, it } from 'vitest';
import type { LeaseObject } from '../../../src/controller/election/lease.js';
import { ObservedLease } from '../../../src/controller/election/observed-lease.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

const lease = (spec: NonNullable<LeaseObject['spec']>): LeaseObject => ({ metadata: { name: 'web' }, spec });

describe('a lease as a candidate observes it', () => {
  it('is over at once when its holder released it', () => {
    const observed = new ObservedLease(new FakeClock(), 'b', 15_000);
    observed.observe(lease({ holderIdentity: '', leaseDurationSeconds: 1 }));
    expect(observed.isOver).toBe(true);
  });

  it('is over a full duration after it was deleted, because another may have taken it unseen after the release', async () => {
    const clock = new FakeClock();
    const observed = new ObservedLease(clock, 'b', 15_000);
    observed.observe(lease({ holderIdentity: '', leaseDurationSeconds: 1 }));
    observed.observe(undefined);
    expect(observed.isOver).toBe(false);
    await clock.advance(14_999);
    expect(observed.isOver).toBe(false);
    await clock.advance(1);
    expect(observed.isOver).toBe(true);
  });

  it('is over a full duration after it was deleted beneath a holder whose lease was shorter', async () => {
    const clock = new FakeClock();
    const observed = new ObservedLease(clock, 'b', 15_000);
    observed.observe(lease({ holderIdentity: 'a', leaseDurationSeconds: 1, renewTime: '2026-01-01T00:00:00.000000Z' }));
    observed.observe(undefined);
    await clock.advance(14_999);
    expect(observed.isOver).toBe(false);
  });
});
