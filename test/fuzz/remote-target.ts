import { type ChildProcess, fork } from 'node:child_process';
import { startTarget, type Target } from './target.js';

type Call = 'report' | 'remember' | 'reset' | 'usage' | 'close';

interface Question {
  readonly id: number;
  readonly call: Call;
}

/** Starts a target in a process of its own, so that what is measured there is the server's alone. `file` is the program to run. */
export async function forkTarget(file: string): Promise<Target> {
  const child = fork(file, ['--target'], { execArgv: ['--expose-gc'] });
  const waiting = new Map<number, (result: unknown) => void>();
  let serial = 0;
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', (code) => reject(new Error(`cannot start the server to fuzz: it ended with status ${code}`)));
  });
  child.on('message', (message) => {
    const { id, result } = message as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const ask = <T>(call: Call): Promise<T> => asked(child, waiting, { id: ++serial, call }) as Promise<T>;
  return {
    port,
    report: () => ask('report'),
    remember: () => ask('remember'),
    reset: () => ask('reset'),
    usage: () => ask('usage'),
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.send({ id: ++serial, call: 'close' } satisfies Question);
      await ended;
    },
  };
}

function asked(
  child: ChildProcess,
  waiting: Map<number, (result: unknown) => void>,
  question: Question,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the server ended with status ${code}`));
    child.once('exit', onExit);
    waiting.set(question.id, (result) => {
      child.off('exit', onExit);
      resolve(result);
    });
    child.send(question);
  });
}

/** Runs a target in this process for the one that forked it. */
export async function serveTarget(): Promise<void> {
  const target = await startTarget();
  process.on('message', ({ id, call }: Question) => {
    void target[call]().then((result) => {
      if (call === 'close') process.exit(0);
      process.send?.({ id, result });
    });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port: target.port });
}
