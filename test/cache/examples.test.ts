import { expect, test, vi } from 'vitest';

/** Returns the output of an example, one text per line. */
async function run(load: () => Promise<unknown>): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    await load();
    return log.mock.calls.map((words) =>
      words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '),
    );
  } finally {
    log.mockRestore();
  }
}

test('examples/informer.ts tells of every change and reads its own write', async () => {
  const printed = await run(() => import('../../examples/informer.js'));
  expect(printed.filter((line) => line.startsWith('added')).map((line) => line.split(/\s+/)[1])).toEqual([
    'web-0',
    'web-1',
  ]);
  expect(printed.some((line) => line.startsWith('updated web-1') && line.includes('front'))).toBe(true);
  expect(printed).toContain('read    web-1 {"tier":"front"}');
  expect(printed).toContain('deleted web-0');
  expect(printed.at(-1)).toMatch(/^cached {2}1 pod in \d+ bytes, 0 restarts, fresh: true$/);
});

test('examples/lister-by-node.ts finds pods by node and by label', async () => {
  const printed = await run(() => import('../../examples/lister-by-node.js'));
  expect(printed).toContain('on node-0:         web-0 web-2 web-4');
  expect(printed).toContain('app=web:           web-0 web-1 web-2 web-3');
  expect(printed).toContain('keys of app=job:   default/web-4 default/web-5');
});

test('examples/metadata-only.ts keeps a small part of the bytes', async () => {
  const printed = await run(() => import('../../examples/metadata-only.js'));
  expect(printed.filter((line) => line.startsWith('added'))).toHaveLength(3);
  const [slim = 0, whole = 0] =
    /kept: (\d+) bytes instead of (\d+)/
      .exec(printed.at(-1) ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  expect(whole).toBeGreaterThan(3 * 10_000);
  expect(slim).toBeLessThan(3000);
});
