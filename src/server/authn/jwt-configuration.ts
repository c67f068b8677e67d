/** The claim that a part of the user is taken from, or a CEL expression that gives it. One of the two. */
export interface ClaimMapping {
  readonly claim?: string | undefined;
  /** Stands before the value of the claim. */
  readonly prefix?: string | undefined;
  /** An expression over `claims`. */
  readonly expression?: string | undefined;
}

/** The issuer of tokens. */
interface IssuerConfiguration {
  /** The `iss` of its tokens: an https URL. */
  readonly url: string;
  /** Where its discovery document is. Default: `/.well-known/openid-configuration` below the URL. */
  readonly discoveryURL?: string | undefined;
  /** The authorities, in PEM, of its certificate. Default: those of the system. */
  readonly certificateAuthority?: string | undefined;
  /** One of these has to be among the audiences of a token. */
  readonly audiences: readonly string[];
}

/** A condition on the claims: a claim with a required value, or an expression that has to be true. */
interface ClaimRule {
  readonly claim?: string | undefined;
  readonly requiredValue?: string | undefined;
  readonly expression?: string | undefined;
}

/** Rules by which the tokens of one issuer name users: a `jwt` entry of kube-apiserver's AuthenticationConfiguration. */
export interface JwtConfiguration {
  readonly issuer: IssuerConfiguration;
  /** The signature algorithms that are accepted. Default: `RS256`. */
  readonly signingAlgorithms?: readonly string[] | undefined;
  readonly claimValidationRules?: readonly ClaimRule[] | undefined;
  readonly claimMappings: {
    readonly username: ClaimMapping;
    readonly groups?: ClaimMapping | undefined;
    readonly uid?: ClaimMapping | undefined;
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[] | undefined;
  };
  /** Conditions on the user that comes of it: expressions over `user`. */
  readonly userValidationRules?: readonly { readonly expression: string }[] | undefined;
}

/** The claims of a token. */
export interface Claims {
  readonly [claim: string]: unknown;
}

/** A token that is not accepted. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}
