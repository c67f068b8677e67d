import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicAuthFile, tokenFile } from '../../../src/server/authn/auth-files.js';
import { parseCsv } from '../../../src/server/authn/csv.js';
import { TestServer } from '../client.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-authn-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(folder, `${Math.random()}.csv`);
  await writeFile(path, text);
  return path;
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('parseCsv', () => {
  it('reads quotes, commas and line breaks inside them, and leaves out empty lines', () => {
    expect(parseCsv('a,b,"c,d"\r\n\n"say ""hi""",\n"x\ny",z')).toEqual([
      ['a', 'b', 'c,d'],
      ['say "hi"', ''],
      ['x\ny', 'z'],
    ]);
    expect(parseCsv('')).toEqual([]);
  });

  it('refuses quotes out of place and names the line', () => {
    expect(() => parseCsv('a,b\nc,"d')).toThrow('line 2');
    expect(() => parseCsv('a"b,c')).toThrow('line 1');
  });
});

describe('tokenFile', () => {
  it('knows users by their tokens, with groups and uid', async () => {
    const authenticate = await tokenFile(await file('abc,jane,u1,"dev,ops"\nxyz,joe,u2\n'));
    expect(await authenticate(bearer('abc'), undefined)).toEqual({
      username: 'jane',
      uid: 'u1',
      groups: ['dev', 'ops', 'system:authenticated'],
    });
    expect((await authenticate({ authorization: 'bearer xyz' }, undefined))?.groups).toEqual(['system:authenticated']);
    for (const headers of [bearer('abcd'), bearer(''), {}, { authorization: 'abc' }, basic('jane', 'abc')]) {
      expect(await authenticate(headers, undefined)).toBeUndefined();
    }
  });

  it('takes the last of lines with one token, leaves out empty tokens, and refuses lines that are too short', async () => {
    const authenticate = await tokenFile(await file('t,first,1\nt,second,2\n,nobody,3\n'));
    expect((await authenticate(bearer('t'), undefined))?.username).toBe('second');
    expect(await authenticate(bearer(''), undefined)).toBeUndefined();
    await expect(tokenFile(await file('t,user\n'))).rejects.toThrow('at least three fields');
    await expect(tokenFile(join(folder, 'none'))).rejects.toThrow('cannot read --token-auth-file');
  });
});

describe('basicAuthFile', () => {
  it('knows users by name and password, with colons in the password', async () => {
    const authenticate = await basicAuthFile(await file('"p:w,1",jane,u1,dev\n'));
    expect((await authenticate(basic('jane', 'p:w,1'), undefined))?.groups).toEqual(['dev', 'system:authenticated']);
    for (const headers of [basic('jane', 'p'), basic('joe', 'p:w,1'), basic('jane', '')])
      expect(() => authenticate(headers, undefined)).toThrow('Unauthorized');
    for (const headers of [bearer('p:w,1'), {}]) expect(await authenticate(headers, undefined)).toBeUndefined();
  });
});

describe('basic credentials', () => {
  it('count as none without a password file, and are refused when the file does not know them', async () => {
    const without = new TestServer();
    expect(await without.api.authenticate(basic('jane', 'p'), undefined)).toMatchObject({
      username: 'system:anonymous',
    });
    const withFile = new TestServer({ authenticate: await basicAuthFile(await file('p,jane,u1\n')) });
    expect(await withFile.api.authenticate(basic('jane', 'p'), undefined)).toMatchObject({ username: 'jane' });
    expect(await withFile.api.authenticate(basic('jane', 'q'), undefined)).toBeUndefined();
  });
});
