import type { UserInfo } from '../object/user.js';
import { type Authenticator, authenticated, credentialIdKey, credentialsIn, unauthorized } from './authenticator.js';
import type { ClaimExpressions } from './claim-expressions.js';
import { Issuer } from './issuer.js';
import type { IssuerConnection } from './issuer-request.js';
import { type ClaimMapping, type Claims, type JwtConfiguration, TokenRefused } from './jwt-configuration.js';

/**
 * Accepts the bearer tokens of an issuer of OpenID Connect, as kube-apiserver's `--oidc-issuer-url` and `--authentication-config` do.
 * Refuses tokens of the issuer that are wrong, and knows no others. Rejects for an expression that makes no sense.
 */
export async function jwtAuthenticator(
  configuration: JwtConfiguration,
  connection: Omit<IssuerConnection, 'ca'>,
): Promise<Authenticator> {
  const issuer = new Issuer(configuration, connection);
  const { compileClaimExpressions } = await import('./claim-expressions.js');
  const expressions = compileClaimExpressions(configuration);
  return async (headers) => {
    const token = credentialsIn(headers, 'bearer') ?? '';
    if (!issuer.issued(token)) return undefined;
    try {
      return userOf(configuration, await issuer.verify(token), expressions);
    } catch (error) {
      if (error instanceof TokenRefused) throw unauthorized();
      throw error;
    }
  };
}

function userOf(configuration: JwtConfiguration, claims: Claims, expressions: ClaimExpressions): UserInfo {
  const { claimMappings, claimValidationRules = [] } = configuration;
  const username = usernameOf(claimMappings.username, claims, expressions);
  const groups = groupsOf(claimMappings.groups, claims, expressions);
  const uid = uidOf(claimMappings.uid, claims, expressions);
  const extra: { [key: string]: string[] } = {};
  if (typeof claims.jti === 'string') extra[credentialIdKey] = [`JTI=${claims.jti}`];
  for (const { key, valueExpression } of claimMappings.extra ?? []) {
    const values = textsOf(expressions.map(valueExpression, claims));
    if (values.length > 0) extra[key] = values;
  }
  for (const { claim, requiredValue = '' } of claimValidationRules) {
    if (claim !== undefined && textIn(claims, claim) !== requiredValue)
      throw new TokenRefused(`the claim ${claim} does not have the required value`);
  }
  expressions.checkClaims(claims);
  const user = { username, groups, uid, extra };
  expressions.checkUser(user);
  return authenticated(username, groups, uid, Object.keys(extra).length === 0 ? undefined : extra);
}

function usernameOf(
  { claim, prefix = '', expression }: ClaimMapping,
  claims: Claims,
  expressions: ClaimExpressions,
): string {
  const name = expression === undefined ? textIn(claims, claim ?? 'sub') : expressions.map(expression, claims);
  if (typeof name !== 'string' || name === '') throw new TokenRefused('the token names no user');
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified') && claims.email_verified !== true)
    throw new TokenRefused('the email address is not verified');
  return `${prefix}${name}`;
}

function groupsOf(mapping: ClaimMapping | undefined, claims: Claims, expressions: ClaimExpressions): readonly string[] {
  const { claim, prefix = '', expression } = mapping ?? {};
  if (expression !== undefined) return textsOf(expressions.map(expression, claims));
  if (claim === undefined) return [];
  if (Object.hasOwn(claims, claim)) return textsOf(claims[claim]).map((group) => `${prefix}${group}`);
  // Groups that another server would tell are not asked for: without them the user would be another one.
  const names = claims._claim_names;
  if (typeof names === 'object' && names !== null && Object.hasOwn(names, claim))
    throw new TokenRefused(`the claim ${claim} is distributed, which is not supported`);
  return [];
}

function uidOf(mapping: ClaimMapping | undefined, claims: Claims, expressions: ClaimExpressions): string | undefined {
  const { claim, expression } = mapping ?? {};
  if (claim !== undefined) return textIn(claims, claim);
  if (expression === undefined) return undefined;
  const uid = expressions.map(expression, claims);
  if (typeof uid !== 'string') throw new TokenRefused('the uid is not a string');
  return uid;
}

/** Returns the text of a claim. Throws a TokenRefused where there is none. */
function textIn(claims: Claims, claim: string): string {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof value !== 'string') throw new TokenRefused(`the claim ${claim} is not a string`);
  return value;
}

/** Returns a text or a list of texts as a list, without empty ones. Throws a TokenRefused for other values. */
function textsOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = all.filter((one) => typeof one === 'string');
  if (texts.length !== all.length) throw new TokenRefused('a value is neither a string nor a list of strings');
  return texts.filter((text) => text !== '');
}
