import { FakeClock } from '../../src/util/fake-clock.js';

/** A clock that goes on by itself when somebody sleeps: for tests in which nothing else is under way then. */
export class SleepingClock extends FakeClock {
  override sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    const slept = super.sleep(ms, options);
    setImmediate(() => void this.advance(ms));
    return slept;
  }
}
