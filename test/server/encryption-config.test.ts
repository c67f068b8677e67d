import { describe, expect, it } from 'vitest';
import { parseEncryptionConfiguration } from '../../src/server/encryption-config.js';
import { Encryption } from '../../src/server/storage/encryption/encryption.js';

const head = 'kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n';
const secret = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const rules = (text: string) => parseEncryptionConfiguration(`${head}resources: ${text}`);
const providers = '[{identity: {}}]';
const aescbc = (value: string) =>
  `[{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: ${value}}]}}]}]`;

describe('an EncryptionConfiguration', () => {
  it('names the keys of resources, in their order', async () => {
    const parsed = await rules(`
- resources: [secrets, configmaps., '*.apps']
  providers:
  - aescbc: {keys: [{name: one, secret: ${secret}}, {name: two, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}
  - secretbox: {keys: [{name: three, secret: ${secret}}]}
  - aesgcm: {keys: [{name: four, secret: ${secret}}]}
  - identity: {}
- resources: ['*.*']
  providers: [{identity: {}}]
`);
    expect(
      parsed.map(({ resources, sealers }) => [resources, sealers.map(({ id }) => id.replace(/[^:]*$/, ''))]),
    ).toEqual([
      [
        ['secrets', 'configmaps', '*.apps'],
        [
          'k8s:enc:aescbc:v1:one:',
          'k8s:enc:aescbc:v1:two:',
          'k8s:enc:secretbox:v1:three:',
          'k8s:enc:aesgcm:v1:four:',
          '',
        ],
      ],
      [['*.*'], ['']],
    ]);
    const encryption = new Encryption(parsed, (key) => key);
    expect(Buffer.from(encryption.seal('secrets', new Uint8Array(3)).stored).toString()).toContain(
      'k8s:enc:aescbc:v1:one:',
    );
  });

  it.each([
    ['[]', 'resources: it needs an element'],
    [`[{resources: [], providers: ${providers}}]`, 'resources[0].resources: it needs a resource'],
    ['[{resources: [secrets], providers: []}]', 'resources[0].providers: it needs a provider'],
    ['[{resources: [secrets], providers: [{}]}]', 'resources[0].providers[0]: it has none of the providers'],
    [
      `[{resources: [secrets], providers: [{identity: {}, aescbc: {keys: [{name: a, secret: ${secret}}]}}]}]`,
      'resources[0].providers[0]: it has more than one provider',
    ],
    [
      '[{resources: [secrets], providers: [{kms: {name: a}}]}]',
      'plugins of a key management service are not supported',
    ],
    [
      '[{resources: [secrets], providers: [{aescbc: {keys: []}}]}]',
      'resources[0].providers[0].aescbc.keys: it needs a key',
    ],
    [aescbc('"!!"'), 'resources[0].providers[0].aescbc.keys[0].secret: secrets must be base64 encoded'],
    [aescbc('YQ='), 'secrets must be base64 encoded'],
    [aescbc('c2hvcnQ='), 'secret is not of the expected length, got 5, expected one of 16, 24, 32'],
    [
      '[{resources: [secrets], providers: [{secretbox: {keys: [{name: a, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}}]}]',
      'got 16, expected one of 32',
    ],
    [
      `[{resources: ['*.*'], providers: ${providers}}, {resources: [secrets], providers: ${providers}}]`,
      'resource "secrets" is masked by earlier rule "*.*"',
    ],
    [
      `[{resources: ['*.apps'], providers: ${providers}}, {resources: [deployments.apps], providers: ${providers}}]`,
      'is masked by earlier rule "*.apps"',
    ],
    [`[{resources: [secrets, '*.'], providers: ${providers}}]`, 'overlapping resources'],
    [
      `[{resources: [secrets, secrets], providers: ${providers}}]`,
      'the same resource cannot be specified multiple times',
    ],
    [`[{resources: [Secrets], providers: ${providers}}]`, 'resource name should not contain capital letters'],
    [`[{resources: ['*'], providers: ${providers}}]`, "use '*.' to encrypt"],
    [
      `[{resources: ['secrets.*'], providers: ${providers}}]`,
      'encrypting the same resource across groups is not supported',
    ],
    [`[{resources: [events.events.k8s.io], providers: ${providers}}]`, "Use 'events' instead"],
    [`[{resources: [servicenodeportallocations], providers: ${providers}}]`, 'resources which do not have REST API/s'],
    [`[{resources: [secrets], providers: ${providers}, more: 1}]`, 'resources[0]: '],
  ])('is refused: %s', async (text, why) => {
    await expect(rules(text)).rejects.toThrow(why);
  });

  it('is refused without its text in the error: it holds keys', async () => {
    const error: Error = await rules(`[{resources: [secrets]}, {providers: "${secret}]`).catch((thrown) => thrown);
    expect(error.message).toMatch(/^line \d+ is not YAML$/);
    const wrong: Error = await rules(aescbc(`{a: ${secret}}`)).catch((thrown) => thrown);
    expect(wrong.message).not.toContain(secret);
  });

  it('may list resources of one group before and after each other', async () => {
    const two = await rules(
      `[{resources: [secrets], providers: ${providers}}, {resources: ['*.'], providers: ${providers}}]`,
    );
    expect(two.map(({ resources }) => resources)).toEqual([['secrets'], ['*.']]);
  });
});
