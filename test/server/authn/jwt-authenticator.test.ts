import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oidcConfiguration } from '../../../src/server/authentication-config.js';
import { jwtAuthenticator } from '../../../src/server/authn/jwt-authenticator.js';
import type { JwtConfiguration } from '../../../src/server/authn/jwt-configuration.js';
import { type Clock, systemClock } from '../../../src/util/clock.js';
import { IssuerServer } from './issuer-server.js';

let issuer: IssuerServer;
beforeEach(async () => {
  issuer = await IssuerServer.start();
});
afterEach(() => issuer.close());

/** Returns a function that gives the user of a token, or the message of the refusal. */
async function authenticating(change: Partial<JwtConfiguration> = {}, clock: Clock = systemClock) {
  const [configuration] = oidcConfiguration({
    issuerUrl: issuer.url,
    clientId: 'keelson',
    ca: issuer.ca,
    usernamePrefix: '-',
    groupsClaim: 'groups',
    requiredClaims: new Map(),
  }).jwt;
  if (configuration === undefined) throw new Error('no configuration');
  const { signal } = new AbortController();
  const authenticate = await jwtAuthenticator({ ...configuration, ...change }, { clock, signal });
  return async (token: string) => {
    try {
      return await authenticate({ authorization: `Bearer ${token}` }, undefined);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
}

describe('tokens of an issuer of OpenID Connect', () => {
  it('name the user, its groups and the credential', async () => {
    const userOf = await authenticating();
    expect(await userOf(await issuer.token({ sub: 'jane', groups: ['a', 'b'], jti: 'j1' }))).toEqual({
      username: 'jane',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'] },
    });
    expect(await userOf(await issuer.token({ sub: 'jane', groups: 'a', aud: ['other', 'keelson'] }))).toEqual({
      username: 'jane',
      groups: ['a', 'system:authenticated'],
    });
  });

  it('of other issuers, and what is not a token, are left to others', async () => {
    const userOf = await authenticating();
    for (const token of ['', 'secret', 'a.b.c', await issuer.token({ iss: 'https://other.example' })])
      expect(await userOf(token)).toBeUndefined();
    expect(issuer.reads).toEqual({ discovery: 0, keys: 0 });
  });

  it.each([
    ['for another audience', { aud: 'other' }],
    ['that have expired', { exp: Math.floor(Date.now() / 1_000) - 1 }],
    ['that never expire', { exp: undefined }],
    ['of the future', { nbf: Math.floor(Date.now() / 1_000) + 600 }],
    ['without a user', { sub: undefined }],
    ['whose user is empty', { sub: '' }],
    ['whose user is not a string', { sub: 5 }],
    ['whose groups are not strings', { groups: [{}] }],
    ['whose groups another server tells', { _claim_names: { groups: 'src' }, _claim_sources: { src: {} } }],
  ])('%s are refused', async (_, claims) => {
    const userOf = await authenticating();
    expect(await userOf(await issuer.token({ sub: 'jane', ...claims }))).toBe('Unauthorized');
  });

  it('without a right signature are refused', async () => {
    const userOf = await authenticating();
    const token = await issuer.token({ sub: 'jane' });
    const [head = '', payload = '', signature = ''] = token.split('.');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'root' };
    expect(await userOf(`${head}.${encode(claims)}.${signature}`)).toBe('Unauthorized');
    expect(await userOf(`${encode({ alg: 'none' })}.${payload}.`)).toBe('Unauthorized');
    expect(await userOf(`${encode({ alg: 'HS256' })}.${payload}.${signature}`)).toBe('Unauthorized');
    expect(await userOf(token)).toMatchObject({ username: 'jane' });
  });

  it('are checked with keys that are kept until a token has another one', async () => {
    const userOf = await authenticating();
    const old = await issuer.token({ sub: 'jane' });
    const tokens = await Promise.all([1, 2, 3].map((n) => issuer.token({ sub: `u${n}` })));
    expect(await Promise.all(tokens.map(userOf))).toMatchObject([
      { username: 'u1' },
      { username: 'u2' },
      { username: 'u3' },
    ]);
    expect(issuer.reads).toEqual({ discovery: 1, keys: 1 });
    await issuer.rotate();
    expect(await userOf(await issuer.token({ sub: 'tim' }))).toMatchObject({ username: 'tim' });
    expect(issuer.reads).toEqual({ discovery: 1, keys: 2 });
    expect(await userOf(old)).toBe('Unauthorized');
  });

  it('are accepted with the algorithms of --oidc-signing-algs alone, and with keys that have no name', async () => {
    await issuer.rotate('ES256', false);
    const token = await issuer.token({ sub: 'jane' }, { kid: undefined });
    expect(await (await authenticating())(token)).toBe('Unauthorized');
    expect(await (await authenticating({ signingAlgorithms: ['RS256', 'ES256'] }))(token)).toMatchObject({
      username: 'jane',
    });
  });

  it('are refused while the issuer cannot be reached, which is tried every 10 seconds', async () => {
    let passedMs = 0;
    const userOf = await authenticating({}, { ...systemClock, now: () => systemClock.now() + passedMs });
    const token = await issuer.token({ sub: 'jane' });
    issuer.status = 503;
    expect(await userOf(token)).toBe('Unauthorized');
    issuer.status = 200;
    expect(await userOf(token)).toBe('Unauthorized');
    expect(issuer.reads).toEqual({ discovery: 1, keys: 0 });
    passedMs = 10_001;
    expect(await userOf(token)).toMatchObject({ username: 'jane' });
  });

  it('are refused where the discovery document is of another issuer, or its certificate of another authority', async () => {
    const token = await issuer.token({ sub: 'jane' });
    const { url, audiences } = { url: issuer.url, audiences: ['keelson'] };
    expect(await (await authenticating({ issuer: { url, audiences } }))(token)).toBe('Unauthorized');
    expect(issuer.reads).toEqual({ discovery: 0, keys: 0 });
    issuer.named = 'https://other.example';
    expect(await (await authenticating())(token)).toBe('Unauthorized');
    expect(issuer.reads).toEqual({ discovery: 1, keys: 0 });
  });

  it('name the user by the claims of the flags', async () => {
    const mail = { sub: 'jane', email: 'jane@example.org' };
    const username = { claim: 'email', prefix: 'oidc:' };
    const groups = { claim: 'roles', prefix: 'oidc:' };
    const userOf = await authenticating({
      claimMappings: { username, groups },
      claimValidationRules: [{ claim: 'hd', requiredValue: 'example.org' }],
    });
    const hd = 'example.org';
    expect(await userOf(await issuer.token({ ...mail, hd, roles: ['x'] }))).toEqual({
      username: 'oidc:jane@example.org',
      groups: ['oidc:x', 'system:authenticated'],
    });
    expect(await userOf(await issuer.token({ ...mail, hd, email_verified: true }))).toMatchObject({
      groups: ['system:authenticated'],
    });
    expect(await userOf(await issuer.token({ ...mail, hd, email_verified: false }))).toBe('Unauthorized');
    expect(await userOf(await issuer.token({ ...mail, hd, email_verified: 'true' }))).toBe('Unauthorized');
    expect(await userOf(await issuer.token(mail))).toBe('Unauthorized');
    expect(await userOf(await issuer.token({ ...mail, hd: 'other' }))).toBe('Unauthorized');
  });

  it('name the user by expressions', async () => {
    const userOf = await authenticating({
      claimMappings: {
        username: { expression: '"u:" + claims.name' },
        groups: { expression: 'claims.roles.split(",")' },
        uid: { expression: 'string(claims.id)' },
        extra: [{ key: 'example.org/tenant', valueExpression: 'claims.tenant' }],
      },
      claimValidationRules: [{ expression: 'claims.level > 3' }],
      userValidationRules: [{ expression: '!user.username.startsWith("u:system:")' }],
    });
    const claims = { name: 'jane', roles: 'a,b', id: 7, tenant: ['t', ''], level: 4 };
    expect(await userOf(await issuer.token(claims))).toEqual({
      username: 'u:jane',
      groups: ['a', 'b', 'system:authenticated'],
      uid: '7',
      extra: { 'example.org/tenant': ['t'] },
    });
    for (const wrong of [{ level: 3 }, { level: undefined }, { name: 'system:admin' }, { roles: 5 }])
      expect(await userOf(await issuer.token({ ...claims, ...wrong }))).toBe('Unauthorized');
  });

  it.each([
    ['claimMappings.username.expression: compilation failed', 'claims.', []],
    ['claimValidationRules[0].expression: must evaluate to bool', 'claims.sub', ['"x"']],
    ['it uses claims.email, so an expression', 'claims.email', []],
    ['it uses claims.email, so an expression', 'claims.?email.orValue("")', []],
  ])('%s: expressions without sense are refused at the start', async (why, username, rules) => {
    const change = {
      claimMappings: { username: { expression: username } },
      claimValidationRules: rules.map((expression) => ({ expression })),
    };
    await expect(authenticating(change)).rejects.toThrow(why);
  });
});
