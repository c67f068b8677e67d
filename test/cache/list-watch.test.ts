import { describe, expect, test } from 'vitest';
import { ListWatch, type ListWatchSink, type PageEnd, type PageStep } from '../../src/cache/list-watch.js';
import type { ListWatchAttempt } from '../../src/cache/list-watch-attempt.js';
import { ListWatchPlan } from '../../src/cache/list-watch-plan.js';
import { InvalidRequestError, NetworkError } from '../../src/errors/index.js';
import { FakeClock } from '../../src/util/fake-clock.js';

/** A sink that notes what the loop asks of it, and answers by a script. */
class ScriptedSink implements ListWatchSink {
  readonly context = {};
  readonly log: string[] = [];

  constructor(
    private readonly pages: (PageEnd | Error)[],
    private readonly watches: ((attempt: ListWatchAttempt) => void | Promise<void>)[],
  ) {}

  begin(): void {
    this.log.push('begin');
  }

  async page({ resourceVersion, continue: token = '' }: PageStep): Promise<PageEnd> {
    this.log.push(`page ${token || `at ${resourceVersion}`}`);
    const page = this.pages.shift();
    if (page === undefined || page instanceof Error) throw page ?? new InvalidRequestError('the script is over');
    return page;
  }

  async watch({ resourceVersion, initial }: { resourceVersion: string; initial: boolean }, attempt: ListWatchAttempt) {
    this.log.push(`watch ${initial ? 'initial' : `from ${resourceVersion}`}`);
    const watch = this.watches.shift();
    if (watch === undefined) throw new InvalidRequestError('the script is over');
    await watch(attempt);
  }

  complete(resourceVersion: string): void {
    this.log.push(`complete ${resourceVersion}`);
  }

  leave(): void {
    this.log.push('leave');
  }

  ended({ interruption }: { interruption: { kind: string; retryInMs: number } | undefined }): void {
    if (interruption !== undefined) this.log.push(`${interruption.kind} ${interruption.retryInMs}`);
  }

  isFinal(error: unknown): boolean {
    return error instanceof InvalidRequestError;
  }
}

/** Runs the loop until the script is over. */
async function run(sink: ScriptedSink, watchList = false): Promise<string[]> {
  const clock = new FakeClock();
  const plan = new ListWatchPlan({ clock, random: () => 0, watchList });
  const running = new ListWatch({ sink, plan, clock }).run(new AbortController().signal);
  await expect(clock.runUntil(running)).rejects.toThrow('the script is over');
  expect(clock.pending).toBe(0);
  return sink.log;
}

const page = (resourceVersion: string, token = ''): PageEnd => ({ resourceVersion, continue: token, items: 1 });

describe('the list-watch loop', () => {
  test('lists page by page, watches from the version of the list, and goes on over lost connections', async () => {
    const sink = new ScriptedSink(
      [page('5', 'more'), page('5')],
      [
        (attempt) => {
          attempt.received++;
          expect(attempt.saw('7')).toBe(true);
          throw new NetworkError('lost');
        },
      ],
    );
    expect(await run(sink)).toEqual([
      'begin',
      'page at 0',
      'page more',
      'complete 5',
      'leave',
      'watch from 5',
      'leave',
      'torn 800',
      'watch from 7',
      'leave',
    ]);
  });

  test('ends a list whose continue tokens lead in a circle', async () => {
    const sink = new ScriptedSink([page('5', 'a'), page('5', 'a')], []);
    expect(await run(sink)).toEqual([
      'begin',
      'page at 0',
      'page a',
      'leave',
      'torn 800',
      'begin',
      'page at 0',
      'leave',
    ]);
  });

  test('takes the bookmark that ends the initial events as the whole state, and later ones as progress', async () => {
    const sink = new ScriptedSink(
      [],
      [
        (attempt) => {
          attempt.received++;
          expect(attempt.bookmark('5', true)).toBe('end');
          expect(attempt.bookmark('8', false)).toBe('progress');
        },
      ],
    );
    expect(await run(sink, true)).toEqual(['begin', 'watch initial', 'leave', 'watch from 8', 'leave']);
  });

  test('ends a watch whose versions go back, and lists the newest state', async () => {
    const sink = new ScriptedSink(
      [page('5')],
      [
        (attempt) => {
          expect(attempt.bookmark('4', false)).toBe('failed');
        },
      ],
    );
    const log = await run(sink);
    expect(log.slice(4)).toEqual(['watch from 5', 'leave', 'replaced 800', 'begin', 'page at ', 'leave']);
  });
});
