import { z } from 'zod';
import { signingAlgorithms } from './authn/issuer.js';
import type { JwtConfiguration } from './authn/jwt-configuration.js';
import { readText } from './read-text.js';

/** The ways to authenticate that a configuration file or `--oidc-` flags describe. */
export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtConfiguration[];
  /** Anonymous access: enabled or not, and on which paths; an empty list stands for all. */
  readonly anonymous?: { readonly enabled: boolean; readonly paths: readonly string[] } | undefined;
}

const given = z.string().min(1);

function secureUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === 'https:' && `${username}${password}${search}${hash}` === '';
}

const url = given.refine(secureUrl, 'it is not an https URL without user, query and fragment');

const claimOrExpression = z.strictObject({
  claim: given.optional(),
  prefix: z.string().optional(),
  expression: given.optional(),
});

const prefixed = claimOrExpression
  .refine(
    ({ claim, expression }) => claim === undefined || expression === undefined,
    "claim and expression can't both be set",
  )
  .refine(({ claim, prefix }) => claim === undefined || prefix !== undefined, 'prefix is required when claim is set')
  .refine(
    ({ expression, prefix }) => expression === undefined || prefix === undefined,
    'prefix may not be specified when expression is set',
  );

const claimRule = z
  .strictObject({
    claim: given.optional(),
    requiredValue: z.string().optional(),
    expression: given.optional(),
    message: z.string().optional(),
  })
  .refine(
    ({ claim, expression }) => (claim === undefined) !== (expression === undefined),
    'either claim or expression is required',
  )
  .refine(
    ({ claim, message }) => claim === undefined || message === undefined,
    'message may not be specified when claim is set',
  )
  .refine(
    ({ expression, requiredValue }) => expression === undefined || requiredValue === undefined,
    'requiredValue may not be specified when expression is set',
  );

const extraKey = given
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[a-z0-9/._~!$&'()*+,;=:-]+$/, 'it is not a lower-case path with a domain')
  .refine(
    (key) => !/^([^/]+\.)?(k8s|kubernetes)\.io\//.test(key),
    'k8s.io and kubernetes.io are reserved for Kubernetes',
  );

const jwt = z.strictObject({
  issuer: z
    .strictObject({
      url,
      discoveryURL: url.optional(),
      certificateAuthority: z.string().optional(),
      audiences: z.array(given).min(1),
      audienceMatchPolicy: z.literal('MatchAny').optional(),
    })
    .refine(
      ({ audiences, audienceMatchPolicy }) => audiences.length === 1 || audienceMatchPolicy !== undefined,
      'audienceMatchPolicy must be MatchAny for multiple audiences',
    )
    .refine(({ audiences }) => new Set(audiences).size === audiences.length, 'audiences has duplicates')
    .refine(
      (issuer) => issuer.discoveryURL?.replace(/\/+$/, '') !== issuer.url.replace(/\/+$/, ''),
      'discoveryURL must be different from url',
    ),
  claimValidationRules: z.array(claimRule).optional(),
  claimMappings: z.strictObject({
    username: prefixed.refine(
      ({ claim, expression }) => claim !== undefined || expression !== undefined,
      'claim or expression is required',
    ),
    groups: prefixed.optional(),
    uid: z
      .strictObject({ claim: given.optional(), expression: given.optional() })
      .refine(
        ({ claim, expression }) => claim === undefined || expression === undefined,
        "claim and expression can't both be set",
      )
      .optional(),
    extra: z.array(z.strictObject({ key: extraKey, valueExpression: given })).optional(),
  }),
  userValidationRules: z.array(z.strictObject({ expression: given, message: z.string().optional() })).optional(),
});

const file = z
  .strictObject({
    apiVersion: z.enum([
      'apiserver.config.k8s.io/v1',
      'apiserver.config.k8s.io/v1beta1',
      'apiserver.config.k8s.io/v1alpha1',
    ]),
    kind: z.literal('AuthenticationConfiguration'),
    jwt: z.array(jwt).max(64).nullish(),
    anonymous: z
      .strictObject({ enabled: z.boolean(), conditions: z.array(z.strictObject({ path: given })).nullish() })
      .refine(
        ({ enabled, conditions }) => enabled || (conditions ?? []).length === 0,
        'enabled should be set to true when conditions are defined',
      )
      .nullish(),
  })
  .refine(
    (all) => isUnique((all.jwt ?? []).map(({ issuer }) => issuer.url)),
    'jwt has several entries with one issuer.url',
  )
  .refine(
    (all) => isUnique((all.jwt ?? []).flatMap(({ issuer }) => issuer.discoveryURL ?? [])),
    'jwt has several entries with one issuer.discoveryURL',
  );

const flag = '--authentication-config';

/** Reads kube-apiserver's `--authentication-config`. Rejects with an error that names the file and the field. */
export async function readAuthenticationConfiguration(path: string): Promise<AuthenticationConfiguration> {
  const text = await readText(path, flag);
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`cannot read ${flag} ${path}: ${error instanceof Error ? error.message : 'it is not YAML'}`);
  }
  const { data, error } = file.safeParse(value);
  if (error !== undefined) throw new Error(`cannot read ${flag} ${path}: ${problemsOf(error)}`);
  const { anonymous } = data;
  return {
    // Any algorithm will do that fits a key of the issuer.
    jwt: (data.jwt ?? []).map((entry) => ({ ...entry, signingAlgorithms })),
    anonymous:
      anonymous == null
        ? undefined
        : { enabled: anonymous.enabled, paths: (anonymous.conditions ?? []).map((condition) => condition.path) },
  };
}

/** The values of the `--oidc-` flags. */
export interface OidcFlags {
  readonly issuerUrl: string;
  readonly clientId: string;
  /** The text of `--oidc-ca-file`. */
  readonly ca?: string | undefined;
  readonly usernameClaim?: string | undefined;
  readonly usernamePrefix?: string | undefined;
  readonly groupsClaim?: string | undefined;
  readonly groupsPrefix?: string | undefined;
  readonly signingAlgorithms?: readonly string[] | undefined;
  /** Claims with the values that tokens must have. */
  readonly requiredClaims: ReadonlyMap<string, string>;
}

/** Makes the configuration that the `--oidc-` flags stand for. Throws an error that names the flag for a wrong value. */
export function oidcConfiguration(flags: OidcFlags): AuthenticationConfiguration {
  const { issuerUrl, usernameClaim = 'sub', usernamePrefix = '', groupsClaim = '' } = flags;
  if (!secureUrl(issuerUrl))
    throw new Error(
      `cannot use --oidc-issuer-url ${issuerUrl}: it is not an https URL without user, query and fragment`,
    );
  const algorithms = flags.signingAlgorithms ?? ['RS256'];
  for (const algorithm of algorithms) {
    if (!signingAlgorithms.some((known) => known === algorithm))
      throw new Error(`cannot use --oidc-signing-algs ${algorithm}: it is none of ${signingAlgorithms.join(', ')}`);
  }
  // Claims other than email are not unique beyond their issuer.
  const prefix = usernamePrefix === '' && usernameClaim !== 'email' ? `${issuerUrl}#` : usernamePrefix;
  const configuration: JwtConfiguration = {
    issuer: { url: issuerUrl, audiences: [flags.clientId], certificateAuthority: flags.ca },
    signingAlgorithms: algorithms,
    claimValidationRules: [...flags.requiredClaims].map(([claim, requiredValue]) => ({ claim, requiredValue })),
    claimMappings: {
      username: { claim: usernameClaim, prefix: prefix === '-' ? '' : prefix },
      ...(groupsClaim === '' ? {} : { groups: { claim: groupsClaim, prefix: flags.groupsPrefix ?? '' } }),
    },
  };
  return { jwt: [configuration] };
}

function problemsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`.replace(/^: /, '')).join('; ');
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
