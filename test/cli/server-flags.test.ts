import { describe, expect, it } from 'vitest';
import type { FlagStatus } from '../../src/cli/flag-status.js';
import { parseFlags } from '../../src/cli/parse-flags.js';
import { help } from '../../src/cli/serve.js';
import { ownFlags, serverFlags } from '../../src/cli/server-flags.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { filesUnder, readRepoFile } from '../helpers/repo.js';

const all = Object.entries({ ...serverFlags, ...ownFlags });
const named = (flag: string): string => `--${flag}`;

describe('the flags of keelson serve', () => {
  it('are every flag of kube-apiserver 1.36, and the table of docs/server.md says of each what becomes of it', () => {
    expect(Object.keys(serverFlags)).toHaveLength(173);
    const rows = [
      ...readRepoFile('docs/server.md').matchAll(/^\| `--([a-z0-9-]+)` +\| (works|only|refused) +\| (.*?) *\|$/gm),
    ];
    const written = rows.map(([, name = '', status, note = '']) => [name, status, status === 'works' ? '' : note]);
    const meant = Object.entries(serverFlags).map(([name, flag]) => [name, flag.status, noteOf(flag)]);
    expect(written).toEqual(meant);
  });

  it('that work are read by the command, and in its help', () => {
    const source = filesUnder('src/cli', '.ts').map(readRepoFile).join('\n');
    for (const [name, flag] of all) {
      if (flag.status !== 'works') continue;
      expect(source, named(name)).toContain(`('${name}')`);
      expect(help, named(name)).toContain(`--${name}`);
    }
  });

  it('that do not work are refused by name', () => {
    for (const [name, flag] of all) {
      if (flag.status === 'refused') {
        expect(() => parseFlags([`--${name}=x`]), named(name)).toThrow(UsageError);
        expect(() => parseFlags([`--${name}=x`]), named(name)).toThrow(`cannot use --${name}: ${flag.why}.`);
      }
      if (flag.status === 'only') {
        expect(() => parseFlags([`--${name}=other`]), named(name)).toThrow(`cannot use --${name}=other`);
        expect(parseFlags([`--${name}=${flag.value}`]).text(name)).toBeUndefined();
      }
    }
  });

  it('are written as kube-apiserver writes them', () => {
    const flags = parseFlags([
      '--secure-port=1',
      '--secure-port',
      '2',
      '--anonymous_auth',
      '--enable-admission-plugins=A, B',
      '--enable-admission-plugins',
      'C',
      '--service-account-issuer=https://a,b',
      '--event-ttl=1h1m30.5s',
      '--allow-privileged',
      '--max-requests-inflight=0',
    ]);
    expect(flags.int('secure-port')).toBe(2);
    expect(flags.bool('anonymous-auth')).toBe(true);
    expect(flags.list('enable-admission-plugins')).toEqual(['A', 'B', 'C']);
    expect(flags.array('service-account-issuer')).toEqual(['https://a,b']);
    expect(flags.duration('event-ttl')).toBe(3_690_500);
    expect(flags.int('max-requests-inflight')).toBe(0);
    expect(flags.text('token-auth-file')).toBeUndefined();
  });

  it.each([
    [['--no-such-flag'], "there is no flag or argument '--no-such-flag'"],
    [['word'], "there is no flag or argument 'word'"],
    [['--secure-port'], '--secure-port needs a value'],
  ])('refuse %s', (args, why) => {
    expect(() => parseFlags(args)).toThrow(why);
  });

  it.each([
    ['bool', 'anonymous-auth', 'yes', "--anonymous-auth takes true or false, not 'yes'"],
    ['int', 'max-requests-inflight', '-1', "--max-requests-inflight takes a number from 0, not '-1'"],
    ['duration', 'event-ttl', '5', "--event-ttl takes a duration such as 5m or 1h30m, not '5'"],
  ] as const)('refuse a wrong %s', (kind, name, value, why) => {
    expect(() => parseFlags([`--${name}=${value}`])[kind](name)).toThrow(why);
  });
});

function noteOf(flag: FlagStatus): string {
  if (flag.status === 'works') return '';
  return flag.status === 'only' ? `\`${flag.value}\`` : flag.why;
}
