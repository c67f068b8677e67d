import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, legacyLine } from '../../../src/server/audit/audit-event.js';
import { auditLogFile } from '../../../src/server/audit/audit-log-file.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-audit-'));
});
afterEach(() => rm(folder, { recursive: true }));

const event = (requestURI: string): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'id',
  stage: 'ResponseComplete',
  requestURI,
  verb: 'list',
  user: { username: 'jane', groups: ['devs', 'x'] },
  sourceIPs: ['127.0.0.1'],
  userAgent: 'test/1',
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '2026-01-02T03:04:05.600000Z',
  stageTimestamp: '2026-01-02T03:04:05.600000Z',
});
const hour = 3_600_000;

describe('the log file', () => {
  it('holds an event a line, escaped as Go does, for its owner only', async () => {
    const path = join(folder, 'deep', 'audit.log');
    const log = await auditLogFile({ path }, new FakeClock());
    await Promise.all([log.write(event('/a?x=1&y=<2>')), log.write(event('/b'))]);
    await log.close();
    const text = await readFile(path, 'utf8');
    expect(text).toContain('"requestURI":"/a?x=1\\u0026y=\\u003c2\\u003e"');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).requestURI),
    ).toEqual(['/a?x=1&y=<2>', '/b']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const again = await auditLogFile({ path }, new FakeClock());
    await again.write(event('/c'));
    await again.close();
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(4);
  });

  it('is rotated when it is full, and keeps as many files, for as many days, as it is told', async () => {
    const path = join(folder, 'audit.log');
    const clock = new FakeClock(Date.parse('2026-01-02T03:04:05.678Z'));
    const log = await auditLogFile({ path, maxSizeMib: 600 / 1024 / 1024, maxBackups: 2, maxAgeDays: 1 }, clock);
    for (const name of ['/a', '/b', '/c']) {
      await log.write(event(name));
      await clock.advance(hour);
    }
    const first = 'audit-2026-01-02T04-04-05.678.log';
    const second = 'audit-2026-01-02T05-04-05.678.log';
    expect((await readdir(folder)).sort()).toEqual([first, second, 'audit.log']);
    expect(await readFile(join(folder, first), 'utf8')).toContain('"/a"');
    await log.write(event('/d'));
    expect(await readdir(folder)).not.toContain(first);
    await clock.advance(30 * hour);
    await log.write(event('/e'));
    await log.close();
    expect((await readdir(folder)).sort()).toEqual(['audit-2026-01-03T12-04-05.678.log', 'audit.log']);
    expect(await readFile(path, 'utf8')).toContain('"/e"');
  });

  it('writes the legacy format', () => {
    expect(legacyLine(event('/a'))).toBe(
      '2026-01-02T03:04:05.6Z AUDIT: id="id" stage="ResponseComplete" ip="127.0.0.1" method="list" user="jane" groups="\\"devs\\",\\"x\\"" as="<self>" asgroups="<lookup>" user-agent="test/1" namespace="<none>" uri="/a" response="200"\n',
    );
  });
});
