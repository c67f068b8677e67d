import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { DurableStorage } from '../../../../src/server/storage/durable/durable-storage.js';
import { type Clock, systemClock } from '../../../../src/util/clock.js';
import type { Random } from '../../../../src/util/random.js';
import { text } from '../model.js';

const writer = fileURLToPath(new URL('writer.ts', import.meta.url));

/** The last write to a key that was begun, and the last one that was answered. */
interface Known {
  begun: number;
  answered: number;
}

/** The outcome of a run: what it did before the kill. */
export interface CrashRun {
  readonly answered: number;
}

/**
 * Lets a process write to `folder` and kills it at a random moment after its first answers. Then opens the folder and checks that each
 * key holds its last answered write, or the one that was under way. `known` goes from run to run.
 */
export async function crashOnce(
  folder: string,
  known: Map<string, Known>,
  random: Random,
  clock: Clock = systemClock,
): Promise<CrashRun> {
  const starts = Object.fromEntries([...known].map(([key, { begun }]) => [key, begun]));
  const journal = await journalOfKilled(folder, JSON.stringify(starts), random() * 150, clock);
  let revision = 0;
  let answered = 0;
  for (const line of journal.split('\n').slice(0, -1)) {
    const [mark, key = '', count, at] = line.split(' ');
    const one = known.get(key) ?? { begun: 0, answered: 0 };
    known.set(key, one);
    if (mark === '?') one.begun = Number(count);
    else {
      one.answered = Number(count);
      revision = Math.max(revision, Number(at));
      answered++;
    }
  }
  const storage = await DurableStorage.open(folder);
  try {
    expect(await storage.revision()).toBeGreaterThanOrEqual(revision);
    const { kvs } = await storage.range('/k/', '/k0');
    const held = new Map(kvs.map(({ key, value }) => [key, Number(text(value).split(' ')[0])]));
    for (const [key, one] of known) {
      const count = held.get(key);
      // A deletion leaves nothing to read: it is the last answered write or the one under way.
      const possible = [one.answered, one.begun];
      if (count === undefined)
        expect(
          possible.some((each) => each % 7 === 0),
          `${key} is missing`,
        ).toBe(true);
      else expect(possible, `the count of ${key}`).toContain(count);
      one.answered = count ?? possible.find((each) => each % 7 === 0) ?? one.answered;
    }
  } finally {
    await storage.close();
  }
  return { answered };
}

/** Runs the writer, and kills it `afterMs` after it began to write. Returns its journal. */
async function journalOfKilled(folder: string, starts: string, afterMs: number, clock: Clock): Promise<string> {
  const path = join(folder, 'journal');
  const journal = await open(path, 'w');
  try {
    await killed(
      spawn(process.execPath, ['--import', 'tsx', writer, folder, starts], {
        stdio: ['ignore', 'pipe', 'pipe', journal.fd],
      }),
      afterMs,
      clock,
    );
  } finally {
    await journal.close();
  }
  return readFile(path, 'utf8');
}

/** Kills a process some time after its first output. Rejects if it ends by itself. */
function killed(child: ChildProcess, afterMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = '';
    let timer: { cancel(): void } | undefined;
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdout?.once('data', () => {
      timer = clock.setTimer(afterMs, () => child.kill('SIGKILL'));
    });
    child.once('close', (_, signal) => {
      timer?.cancel();
      if (signal === 'SIGKILL') resolve();
      else reject(new Error(`the writer ended by itself: ${errors}`));
    });
  });
}
