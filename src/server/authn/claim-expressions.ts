import { Environment, type Program } from '../../cel/cel-environment.js';
import { jsonValue } from '../../cel/json-values.js';
import { toJson } from '../../cel/to-json.js';
import { type CelType, listType, mapType, structType, types } from '../../cel/types.js';
import { CelError, type CelValue } from '../../cel/values.js';
import type { UserInfo } from '../object/user.js';
import { type Claims, type JwtConfiguration, TokenRefused } from './jwt-configuration.js';

const { string, dyn } = types;
const userType = 'kubernetes.UserInfo';
const userFields = new Map<string, CelType>([
  ['username', string],
  ['uid', string],
  ['groups', listType(string)],
  ['extra', mapType(string, listType(string))],
]);

const overClaims = new Environment(new Map([['claims', mapType(string, dyn)]]));
const overUser = new Environment(new Map([['user', structType(userType)]]), new Map([[userType, userFields]]));

/** The CEL expressions of a JWT configuration. */
export interface ClaimExpressions {
  /** Returns what an expression of `claimMappings` gives. */
  map(expression: string, claims: Claims): unknown;
  /** Throws a TokenRefused if an expression of `claimValidationRules` is not true. */
  checkClaims(claims: Claims): void;
  /** Throws a TokenRefused if an expression of `userValidationRules` is not true. */
  checkUser(user: UserInfo): void;
}

/** Reads the expressions of a configuration. Throws an `Error` that names the field of one that makes no sense. */
export function compileClaimExpressions(configuration: JwtConfiguration): ClaimExpressions {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = configuration;
  const programs = new Map<string, Program>();
  const add = (field: string, expression: string | undefined): void => {
    if (expression !== undefined) programs.set(expression, compile(overClaims, field, expression, false));
  };
  add('claimMappings.username.expression', claimMappings.username.expression);
  add('claimMappings.groups.expression', claimMappings.groups?.expression);
  add('claimMappings.uid.expression', claimMappings.uid?.expression);
  for (const [index, { valueExpression }] of (claimMappings.extra ?? []).entries())
    add(`claimMappings.extra[${index}].valueExpression`, valueExpression);
  const rules = claimValidationRules.flatMap(({ expression }, index) =>
    expression === undefined
      ? []
      : [compile(overClaims, `claimValidationRules[${index}].expression`, expression, true)],
  );
  const userRules = userValidationRules.map(({ expression }, index) =>
    compile(overUser, `userValidationRules[${index}].expression`, expression, true),
  );
  checkEmail(programs.get(claimMappings.username.expression ?? ''), [...programs.values(), ...rules]);
  return {
    map: (expression, claims) => {
      const program = programs.get(expression);
      return program === undefined ? undefined : run(program, 'claims', jsonValue(claims));
    },
    checkClaims: (claims) => {
      for (const rule of rules)
        if (run(rule, 'claims', jsonValue(claims)) !== true) throw new TokenRefused('a claim validation rule failed');
    },
    checkUser: ({ username, uid = '', groups, extra = {} }) => {
      const user = jsonValue({ username, uid, groups, extra });
      for (const rule of userRules)
        if (run(rule, 'user', user) !== true) throw new TokenRefused('a user validation rule failed');
    },
  };
}

function compile(environment: Environment, field: string, expression: string, isCondition: boolean): Program {
  const program = environment.compile(expression);
  if (typeof program === 'string') throw new Error(`${field}: ${program}`);
  if (isCondition && program.type.kind !== 'bool') throw new Error(`${field}: must evaluate to bool`);
  return program;
}

/** An address that nobody has verified does not name a user. */
function checkEmail(username: Program | undefined, all: readonly Program[]): void {
  if (username?.selects('claims', 'email') !== true) return;
  if (all.some((program) => program.selects('claims', 'email_verified'))) return;
  throw new Error(
    'claimMappings.username.expression: it uses claims.email, so an expression of the configuration has to use claims.email_verified',
  );
}

function run(program: Program, name: string, value: CelValue): unknown {
  const outcome = program.run((asked) => (asked === name ? value : undefined));
  if ('error' in outcome) throw new TokenRefused(outcome.error);
  try {
    return toJson(outcome.value);
  } catch (error) {
    if (error instanceof CelError) throw new TokenRefused(error.message);
    throw error;
  }
}
