import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { impersonationHeaders } from '../../src/config/impersonation.js';
import { mergeKubeconfigs, parseKubeconfig } from '../../src/config/kubeconfig.js';
import type { KubeconfigFile } from '../../src/config/kubeconfig-file.js';
import { bypassesProxy } from '../../src/config/no-proxy.js';
import { proxyFromEnvironment } from '../../src/config/proxy-settings.js';
import { parseRetryAfter } from '../../src/transport/parse-retry-after.js';

describe('the merge of kubeconfigs', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__');
  // One file has each name once.
  const named = <T>(of: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.uniqueArray(fc.record({ name, ...of }), { selector: (entry) => entry.name });
  const arbitraryFile = fc.record({
    'current-context': fc.option(name, { nil: '' }),
    clusters: named({ cluster: fc.record({ server: fc.webUrl() }) }),
    users: named({ user: fc.record({ token: fc.string() }) }),
    contexts: named({ context: fc.record({ cluster: name, user: name }) }),
  });
  const files = fc.array(arbitraryFile, { maxLength: 4 });
  const parse = async (path: string, file: object) => ({
    path,
    file: await parseKubeconfig(JSON.stringify(file), path),
  });

  test('keeps the first definition of each name, whole', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        const parsed = await Promise.all(list.map((file, index) => parse(`/f${index}`, file)));
        const merged = mergeKubeconfigs(parsed);
        expect(merged.currentContext).toBe(
          list.map((file) => file['current-context']).find((context) => context !== ''),
        );
        for (const key of ['clusters', 'users', 'contexts'] as const) {
          const all = parsed.flatMap(({ path, file }) => file[key].map((entry) => ({ path, entry })));
          expect([...merged[key].keys()]).toEqual([...new Set(all.map(({ entry }) => entry.name))]);
          for (const [entryName, { value, file }] of merged[key]) {
            const first = all.find(({ entry }) => entry.name === entryName);
            expect(file).toBe(first?.path);
            expect(first?.entry).toMatchObject({ [key.slice(0, -1)]: value });
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is associative: joining files first changes nothing', async () => {
    const joined = (parts: readonly KubeconfigFile[]): KubeconfigFile => ({
      'current-context': parts.map((part) => part['current-context']).find((context) => context),
      clusters: parts.flatMap((part) => part.clusters),
      users: parts.flatMap((part) => part.users),
      contexts: parts.flatMap((part) => part.contexts),
    });
    await fc.assert(
      fc.asyncProperty(files, fc.nat(4), async (list, cut) => {
        const parsed = (await Promise.all(list.map((file) => parse('/f', file)))).map(({ file }) => file);
        const all = mergeKubeconfigs(parsed.map((file) => ({ path: '/f', file })));
        const halves = [parsed.slice(0, cut), parsed.slice(cut)].map((part) => ({ path: '/f', file: joined(part) }));
        const { files: _all, ...whole } = all;
        const { files: _halves, ...parts } = mergeKubeconfigs(halves);
        expect(parts).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the headers of impersonation', () => {
  const printable = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,18}[\x21-\x7e])?$/);

  test('are valid names, and keys come back from them as they were, in lower case', () => {
    fc.assert(
      fc.property(
        printable,
        fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), fc.array(printable, { minLength: 1 })),
        (user, extra) => {
          const lower = Object.keys(extra).map((key) => key.toLowerCase());
          fc.pre(new Set(lower).size === lower.length);
          const headers = impersonationHeaders({ user, extra });
          const back = new Map<string, unknown>();
          for (const [header, value] of Object.entries(headers)) {
            expect(header).toMatch(/^[a-zA-F0-9!#$%&'*+.^_`|~-]+$/);
            if (header.startsWith('impersonate-extra-')) back.set(decodeURIComponent(header.slice(18)), value);
          }
          expect(back).toEqual(new Map(Object.entries(extra).map(([key, values]) => [key.toLowerCase(), values])));
        },
      ),
    );
  });

  test('never hold a line break, wherever it is put', () => {
    fc.assert(
      fc.property(
        printable,
        fc.constantFrom('\r', '\n', '\0'),
        fc.constantFrom('user', 'group', 'extra', 'uid'),
        (text, evil, where) => {
          const bad = `${text}${evil}${text}`;
          const identity = {
            user: where === 'user' ? bad : text,
            ...(where === 'uid' ? { uid: bad } : {}),
            groups: [where === 'group' ? bad : text],
            extra: { x: [where === 'extra' ? bad : text] },
          };
          expect(() => impersonationHeaders(identity)).toThrow('control characters');
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);

  test('in seconds and as a date say the same', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (seconds) => {
        expect(parseRetryAfter(String(seconds), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(new Date(now + seconds * 1000).toUTCString(), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(new Date(now - seconds * 1000).toUTCString(), now)).toBe(0);
      }),
    );
  });

  test('of any other text is none, and never negative', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseRetryAfter(text, now);
        if (!/^\s*\d{1,9}\s*$/.test(text) && !/^\s*[A-Za-z]{3,9},? /.test(text)) expect(parsed).toBeUndefined();
        expect(parsed ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
    for (const text of ['-1', '1.5', '1e3', 'soon', '', '0x10', '2026-01-01'])
      expect(parseRetryAfter(text, now)).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['example.com', 'example.com', true],
    ['example.com', 'api.example.com', true],
    ['example.com', 'notexample.com', false],
    ['.example.com', 'example.com', false],
    ['.example.com', 'api.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['EXAMPLE.com', 'Api.Example.COM', true],
    ['example.com:6443', 'example.com', true],
    ['example.com:443', 'example.com', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.10', false],
    ['fd00::/8', '[fd12::1]', true],
    ['[fd00::1]:6443', '[fd00:0::1]', true],
    ['fd00::1', '[fd00::2]', false],
    ['*', 'anything', true],
    ['a, b ,example.com', 'example.com', true],
    ['', 'example.com', false],
    ['', 'localhost', true],
    ['', '127.8.9.1', true],
    ['', '[::1]', true],
    ['10.0.0.0/99', '10.0.0.1', false],
    ['0.0.1', '10.0.0.1', false],
  ])('%j for %s: %s', (noProxy, host, bypassed) => {
    expect(bypassesProxy(host, 6443, noProxy)).toBe(bypassed);
  });

  test('names a domain with everything below it, and nothing beside it', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    fc.assert(
      fc.property(label, label, label, (a, b, c) => {
        const domain = `${b}.${c}`;
        expect(bypassesProxy(`${a}.${domain}`, 443, domain)).toBe(true);
        expect(bypassesProxy(domain, 443, domain)).toBe(true);
        expect(bypassesProxy(`${a}${domain}`, 443, domain)).toBe(false);
        expect(bypassesProxy(domain, 443, `${a}.${domain}`)).toBe(false);
      }),
    );
  });

  test('any text is taken without complaint', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (noProxy, host) => typeof bypassesProxy(host, 1, noProxy) === 'boolean'),
    );
  });

  test('the environment is read as Go reads it', () => {
    const of = (server: string, env: Record<string, string>) => proxyFromEnvironment(server, env)?.toString();
    expect(of('https://k', { HTTPS_PROXY: 'p:1', https_proxy: 'q:1' })).toBe('http://p:1');
    expect(of('https://k', { https_proxy: 'socks5h://q' })).toBe('socks5://q:1080');
    expect(of('https://k', { HTTP_PROXY: 'p:1' })).toBeUndefined();
    expect(of('http://k', { HTTP_PROXY: 'https://p' })).toBe('https://p:443');
    expect(of('http://k', { HTTP_PROXY: 'p:1', REQUEST_METHOD: 'GET' })).toBeUndefined();
  });
});
