import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authenticationOf } from '../../src/cli/authentication-flags.js';
import { parseFlags } from '../../src/cli/parse-flags.js';
import { oidcConfiguration } from '../../src/server/authentication-config.js';
import { serve } from '../../src/server/serve.js';
import { IssuerServer } from './authn/issuer-server.js';
import { TestServer } from './client.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-authentication-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const read = (...args: string[]) => authenticationOf(parseFlags(args));

describe('the --oidc flags', () => {
  const [issuer, client] = ['--oidc-issuer-url=https://issuer.example', '--oidc-client-id=c1'];

  it('name the issuer, the client and the claims', async () => {
    const caFile = await file('ca.pem', 'PEM');
    const more = ['--oidc-username-claim=name', '--oidc-username-prefix=u:', '--oidc-groups-claim=roles'];
    const others = ['--oidc-groups-prefix=g:', '--oidc-signing-algs=ES256,RS512', `--oidc-ca-file=${caFile}`];
    expect(
      await read(issuer, client, ...more, ...others, '--oidc-required-claim=a=b', '--oidc-required-claim=c=d,e'),
    ).toEqual({
      jwt: [
        {
          issuer: { url: 'https://issuer.example', audiences: ['c1'], certificateAuthority: 'PEM' },
          signingAlgorithms: ['ES256', 'RS512'],
          claimValidationRules: [
            { claim: 'a', requiredValue: 'b' },
            { claim: 'c', requiredValue: 'd,e' },
          ],
          claimMappings: { username: { claim: 'name', prefix: 'u:' }, groups: { claim: 'roles', prefix: 'g:' } },
        },
      ],
    });
    expect(await read()).toBeUndefined();
  });

  it.each([
    [[], 'sub', 'https://issuer.example#'],
    [['--oidc-username-claim=email'], 'email', ''],
    [['--oidc-username-prefix=-'], 'sub', ''],
  ])('with %j name users by the claim %s with the prefix %j', async (more, claim, prefix) => {
    const configuration = await read(issuer, client, ...more);
    expect(configuration?.jwt[0]?.claimMappings.username).toEqual({ claim, prefix });
  });

  it.each([
    [[issuer], 'the --oidc flags need --oidc-issuer-url and --oidc-client-id'],
    [['--oidc-groups-claim=g'], 'the --oidc flags need --oidc-issuer-url and --oidc-client-id'],
    [['--oidc-issuer-url=http://issuer.example', client], 'cannot use --oidc-issuer-url http://issuer.example'],
    [[issuer, client, '--oidc-signing-algs=HS256'], 'cannot use --oidc-signing-algs HS256'],
    [[issuer, client, '--oidc-required-claim=a'], "--oidc-required-claim takes claim=value, not 'a'"],
    [[issuer, client, '--authentication-config=f'], 'exclude each other'],
  ])('%j are refused', async (args, why) => {
    await expect(read(...args)).rejects.toThrow(why);
  });

  it('let the users of the issuer in, beside those with other tokens', async () => {
    const server = await IssuerServer.start();
    const { jwt } = oidcConfiguration({
      issuerUrl: server.url,
      clientId: 'keelson',
      ca: server.ca,
      requiredClaims: new Map(),
    });
    const running = await serve({ securePort: 0, jwt });
    const whoIs = async (token: string) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
      const request = { method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', headers: {} };
      const { body } = await running.api.handle({ ...request, body: new TextEncoder().encode(JSON.stringify(review)) });
      return JSON.parse(new TextDecoder().decode(body as Uint8Array)).status;
    };
    const user = { username: `${server.url}#jane`, groups: ['system:authenticated'] };
    const token = await server.token({ sub: 'jane' });
    expect(await running.api.authenticate({ authorization: `Bearer ${token}` }, undefined)).toEqual(user);
    expect(await whoIs(token)).toMatchObject({ authenticated: true, user });
    expect(await whoIs(await server.token({ sub: 'jane', aud: 'other' }))).not.toHaveProperty('authenticated', true);
    await running.close();
    await server.close();
  });
});

describe('--authentication-config', () => {
  const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n';
  const issuer = 'jwt:\n- issuer: {url: https://issuer.example, audiences: [a]}\n';
  const username = '  claimMappings: {username: {claim: sub, prefix: ""}}\n';

  it('describes issuers, and the paths for anonymous users', async () => {
    const text = `${head}${issuer}${username}anonymous: {enabled: true, conditions: [{path: /livez}]}\n`;
    const configuration = await read('--authentication-config', await file('a.yaml', text));
    expect(configuration).toMatchObject({
      jwt: [
        {
          issuer: { url: 'https://issuer.example', audiences: ['a'] },
          claimMappings: { username: { claim: 'sub', prefix: '' } },
        },
      ],
      anonymous: { enabled: true, paths: ['/livez'] },
    });
    expect(configuration?.jwt[0]?.signingAlgorithms).toContain('ES512');
  });

  it.each([
    ['jwt.0.claimMappings.username: prefix is required', `${issuer}  claimMappings: {username: {claim: sub}}\n`],
    ['jwt.0.claimMappings.username: claim or expression is required', `${issuer}  claimMappings: {username: {}}\n`],
    [
      'jwt.0.issuer.url: it is not an https URL',
      'jwt: [{issuer: {url: "http://a", audiences: [a]}, claimMappings: {username: {expression: a}}}]',
    ],
    ['audienceMatchPolicy must be MatchAny', `${issuer.replace('[a]', '[a, b]')}${username}`],
    ['Unrecognized key: "nope"', `${issuer}${username}  nope: 1\n`],
    ['several entries with one issuer.url', `${issuer}${username}${issuer.replace('jwt:\n', '')}${username}`],
    ['either claim or expression', `${issuer}${username}  claimValidationRules: [{claim: a, expression: b}]\n`],
    [
      'reserved for Kubernetes',
      `${issuer}${username.replace('}}', '}, extra: [{key: a.k8s.io/b, valueExpression: c}]}')}`,
    ],
    ['enabled should be set to true', 'anonymous: {enabled: false, conditions: [{path: /livez}]}'],
  ])('refuses by name: %s', async (why, text) => {
    const path = await file('b.yaml', head + text);
    await expect(read('--authentication-config', path)).rejects.toThrow(why);
    await expect(read('--authentication-config', path)).rejects.toThrow(
      `cannot read --authentication-config ${path}: `,
    );
  });

  it('lets anonymous users in on its paths alone', async () => {
    const { api } = new TestServer({ anonymousPaths: ['/livez'] });
    expect(await api.authenticate({}, undefined, '/livez')).toMatchObject({ username: 'system:anonymous' });
    expect(await api.authenticate({}, undefined, '/api')).toBeUndefined();
  });
});
