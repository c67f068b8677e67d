import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TokenAuthority } from '../../../src/server/tokens/token-authority.js';
import { TestServer } from '../client.js';

const pemOf = (type: 'rsa' | 'ec') => {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};

describe('the token authority', () => {
  it.each(['rsa', 'ec'] as const)('signs with a given %s key, and believes tokens of known keys', (type) => {
    const [own, other] = [pemOf(type), pemOf('rsa')];
    const options = { serviceAccountIssuers: ['https://one', 'https://two'] };
    const authority = new TokenAuthority({ ...options, serviceAccountSigningKey: own.privateKey });
    const claims = { iss: 'https://one', sub: 'x' };
    const token = authority.sign(claims);
    expect(authority.verify(token)).toEqual(claims);
    const reader = new TokenAuthority({ ...options, serviceAccountKeys: [`${other.publicKey}${own.publicKey}`] });
    expect(reader.verify(token)).toEqual(claims);
    expect(new TokenAuthority({ ...options, serviceAccountKeys: [other.publicKey] }).verify(token)).toBeUndefined();
    expect(new TokenAuthority({ serviceAccountKeys: [own.publicKey] }).verify(token)).toBeUndefined();
    expect(authority.verify(`${token.slice(0, -4)}AAAA`)).toBeUndefined();
  });

  it('refuses texts that are not keys, and does not repeat them', () => {
    expect(() => new TokenAuthority({ serviceAccountSigningKey: 'sesame' })).toThrow(
      /^(?!.*sesame).*private key in PEM/,
    );
    expect(() => new TokenAuthority({ serviceAccountKeys: ['sesame'] })).toThrow(/^(?!.*sesame).*no key in PEM/);
  });
});

describe('the issuer of a server', () => {
  const account = '/api/v1/namespaces/default/serviceaccounts';
  const tokenOf = async (server: TestServer, spec: object = {}) => {
    await server.ask('POST', account, { metadata: { name: 'robot' } });
    return (await server.ask('POST', `${account}/robot/token`, { spec })).body;
  };

  it('publishes the keys with which its tokens can be checked', async () => {
    const server = new TestServer();
    const { status } = await tokenOf(server);
    const configuration = await server.ask('GET', '/.well-known/openid-configuration', undefined, { host: 'a:1' });
    expect(configuration.body).toEqual({
      issuer: 'https://kubernetes.default.svc',
      jwks_uri: 'https://a:1/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
    const { headers, body } = await server.ask('GET', '/openid/v1/jwks');
    expect(headers).toMatchObject({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=3600',
    });
    const [head = '', payload = '', signature = ''] = status.token.split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const jwk = body.keys.find((key: { kid: string }) => key.kid === kid);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(jwk).toMatchObject({ use: 'sig', kty: 'RSA', alg: 'RS256' });
  });

  it('publishes nothing for an issuer that is not an https URL, as kube-apiserver does', async () => {
    const server = new TestServer({ serviceAccountIssuers: ['kubernetes/serviceaccount'] });
    expect((await server.ask('GET', '/.well-known/openid-configuration')).status).toBe(404);
    expect((await server.ask('GET', '/openid/v1/jwks')).status).toBe(404);
  });

  it('names the issuer and audiences that it was given, and bounds the life of tokens', async () => {
    const server = new TestServer({
      serviceAccountIssuers: ['https://issuer.test'],
      apiAudiences: ['api', 'other'],
      serviceAccountMaxTokenExpirationMs: 1_800_000,
    });
    const { spec, status } = await tokenOf(server, { expirationSeconds: 7_200 });
    const claims = JSON.parse(Buffer.from(status.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ iss: 'https://issuer.test', aud: ['api', 'other'] });
    expect(claims.exp - claims.iat).toBe(1_800);
    expect(spec).toMatchObject({ audiences: ['api', 'other'], expirationSeconds: 1_800 });
    expect((await server.api.authenticate({ authorization: `Bearer ${status.token}` }, undefined))?.username).toBe(
      'system:serviceaccount:default:robot',
    );
  });
});
