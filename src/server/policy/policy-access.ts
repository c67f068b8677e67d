import { type AccessQuestion, CelAccess } from '../../cel/authorizer-library.js';
import { types } from '../../cel/types.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { Attributes } from '../object/authorization.js';
import type { UserInfo } from '../object/user.js';

/** Thrown by an expression that asks the authorizer what nobody has asked it yet. */
export class Unanswered extends Error {
  constructor(readonly question: AccessQuestion) {
    super('the authorizer has not been asked yet');
  }
}

/** The authorization decisions that the expressions about one write asked for. */
export class Access {
  readonly #answers = new Map<string, { allowed: boolean; reason: string }>();
  /** The variables by which expressions ask. */
  readonly variables: { readonly [name: string]: CelAccess };

  constructor(private readonly attributes: AdmissionAttributes) {
    const { request, object, old } = attributes;
    const { resource, path } = request;
    const authorizer = new CelAccess(types.authorizer, (question) => this.#known(question), {});
    const own = authorizer.with(types.resourceCheck, {
      group: resource.group,
      resource: resource.plural,
      subresource: path.subresource ?? '',
      namespace: path.namespace ?? '',
      name: (object ?? old)?.metadata.name ?? path.name ?? '',
    });
    this.variables = { authorizer, 'authorizer.requestResource': own };
  }

  #known(question: AccessQuestion): { allowed: boolean; reason: string } {
    const known = this.#answers.get(JSON.stringify(question));
    if (known === undefined) throw new Unanswered(question);
    return known;
  }

  /** Asks the authorizer. */
  async answer(question: AccessQuestion): Promise<void> {
    const { request } = this.attributes;
    const { allowed, reason = '' } = await request.server.authorizer.authorize(askedOf(question, request.user));
    this.#answers.set(JSON.stringify(question), { allowed, reason });
  }
}

function askedOf(question: AccessQuestion, asker: UserInfo): Attributes {
  const { verb, path, serviceAccount, fieldSelector = '' } = question;
  const user = serviceAccount === undefined ? asker : accountUser(serviceAccount);
  if (path !== undefined) return { user, verb, path };
  const { group = '', resource = '', subresource = '', namespace = '', name = '' } = question;
  return {
    user,
    verb,
    path: '',
    resource: {
      group,
      version: '*',
      resource,
      subresource,
      namespace,
      name,
      ...(fieldSelector !== '' && { fieldSelector }),
    },
  };
}

function accountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { username: `system:serviceaccount:${namespace}:${name}`, groups };
}
