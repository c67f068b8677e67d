import { fieldsOf, objectsOf } from '../../util/json-fields.js';
import { equal } from '../../util/json-value.js';
import type { AdmissionAttributes } from '../object/admission-attributes.js';
import type { ServerObject } from '../object/server-object.js';
import { forbidden, StatusError } from '../object/status-error.js';
import { Access } from '../policy/policy-access.js';
import { OutOfBudget, PolicyRun, policyBudget, policyValue } from '../policy/policy-expressions.js';
import type { KeyValue } from '../storage/storage.js';
import { conditionsMet } from './match-conditions.js';
import { contextOf, namespaceOf, seenNamespace } from './policies.js';
import { bindingsOf, type CompiledPolicy, compileCommon, keptOf, type PolicyBinding } from './policy-definitions.js';
import { isMeant } from './policy-matching.js';
import { parametersOf } from './policy-params.js';
import { compileMutation, type Mutation, MutationFault, mutated } from './policy-patches.js';

interface MutatingPolicy extends CompiledPolicy {
  readonly mutations: readonly Mutation[];
  readonly reinvoked: boolean;
}

/** A policy that is about a write, by one of its bindings and one of its parameters. */
interface Invocation {
  readonly policy: MutatingPolicy;
  readonly binding: PolicyBinding;
  readonly params: ServerObject | undefined;
  /** Tells it from all others. */
  readonly id: string;
}

const compiled = new WeakMap<KeyValue, MutatingPolicy>();

function compile(policy: ServerObject): MutatingPolicy {
  const { common, options } = compileCommon(policy);
  return {
    ...common,
    mutations: objectsOf(common.spec.mutations).map((one) => compileMutation(one, options)),
    reinvoked: common.spec.reinvocationPolicy === 'IfNeeded',
  };
}

/** The MutatingAdmissionPolicies on one write (KEP-3962): all are asked once, and some again where others have changed the object after them. */
export class MutatingPolicies {
  readonly #reinvocable = new Set<string>();
  readonly #again = new Set<string>();
  #last: ServerObject | undefined;
  /** True if a policy has changed the object. */
  changed = false;

  constructor(private readonly attributes: AdmissionAttributes) {}

  /** Applies the policies to an object. Throws the Status of policies that failed and fail closed. */
  async run(object: ServerObject): Promise<ServerObject> {
    return this.#run(object, () => true);
  }

  /** The same of those that want to know of what was changed since they were asked. */
  async rerun(object: ServerObject): Promise<ServerObject> {
    if (!equal(this.#last, object)) this.#markAgain();
    return this.#run(object, ({ id }) => this.#again.has(id));
  }

  #markAgain(): void {
    for (const id of this.#reinvocable) this.#again.add(id);
  }

  async #run(object: ServerObject, isChosen: (one: Invocation) => boolean): Promise<ServerObject> {
    const { server, path } = this.attributes.request;
    const namespace = path.namespace === undefined ? undefined : await namespaceOf(server, path.namespace);
    const faults = new Faults();
    let now = object;
    for (const invocation of await this.#invocations(object, namespace, faults)) {
      if (!isChosen(invocation)) continue;
      const before = now;
      now = await this.#invoke(invocation, now, namespace, faults);
      if (!equal(before, now)) {
        this.changed = true;
        this.#markAgain();
      }
      if (invocation.policy.reinvoked) this.#reinvocable.add(invocation.id);
    }
    this.#last = structuredClone(now);
    faults.throwIfAny(this.attributes);
    return now;
  }

  async #invocations(object: ServerObject, namespace: ServerObject | undefined, faults: Faults): Promise<Invocation[]> {
    const { request } = this.attributes;
    const attributes = { ...this.attributes, object };
    const bindings = await bindingsOf(request.server, 'mutatingadmissionpolicybindings');
    const found: Invocation[] = [];
    for (const policy of await keptOf(request.server, 'mutatingadmissionpolicies', compiled, compile)) {
      const own = bindings.filter(({ policyName }) => policyName === policy.name);
      if (own.length === 0 || !isMeant(fieldsOf(policy.spec.matchConstraints), attributes, namespace)) continue;
      for (const binding of own) {
        const { matchResources } = binding.spec;
        if (matchResources !== undefined && !isMeant(fieldsOf(matchResources), attributes, namespace)) continue;
        const paramsList = await parametersOf(request.server, policy.spec, binding.spec, request.path.namespace);
        if (typeof paramsList === 'string') faults.add(policy, binding, paramsList, false);
        else
          for (const params of paramsList) {
            const { namespace: within = '', name = '' } = params?.metadata ?? {};
            found.push({ policy, binding, params, id: `${policy.name} ${binding.name} ${within}/${name}` });
          }
      }
    }
    return found;
  }

  async #invoke(
    { policy, binding, params }: Invocation,
    object: ServerObject,
    namespace: ServerObject | undefined,
    faults: Faults,
  ): Promise<ServerObject> {
    const access = new Access(this.attributes);
    const runOf = (one: ServerObject, seen: unknown, budget = policyBudget): PolicyRun => {
      const context = { ...contextOf({ ...this.attributes, object: one }, params), namespaceObject: policyValue(seen) };
      return new PolicyRun(context, access, policy.variables, budget);
    };
    const verdict = await conditionsMet(policy.matchConditions, runOf(object, undefined, policyBudget / 4));
    if (verdict === 'unmet') return object;
    if (verdict !== 'met') {
      const messages = verdict.errors.map(({ message }) => message);
      faults.add(policy, binding, messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`, true);
      return object;
    }
    let now = object;
    for (const mutation of policy.mutations) {
      try {
        now = await mutated(mutation, runOf(now, seenNamespace(namespace)), { ...this.attributes, object: now });
      } catch (error) {
        if (!(error instanceof MutationFault || error instanceof OutOfBudget)) throw error;
        faults.add(policy, binding, error.message, true);
      }
    }
    return now;
  }
}

/** The errors of policies that fail closed. */
class Faults {
  readonly #messages: { readonly text: string; readonly isInvalid: boolean }[] = [];

  add({ name, failsClosed }: MutatingPolicy, binding: PolicyBinding, message: string, isInvalid: boolean): void {
    const text = `policy '${name}' with binding '${binding.name}' denied request: ${message}`;
    if (failsClosed) this.#messages.push({ text, isInvalid });
  }

  /** The first decides what is said; the others are causes. */
  throwIfAny({ request, object, old }: AdmissionAttributes): void {
    const [first] = this.#messages;
    if (first === undefined) return;
    const causes = this.#messages.map(({ text }) => ({ message: text }));
    const { status } = forbidden(request.resource, (object ?? old)?.metadata.name ?? '', first.text, causes);
    throw new StatusError({ ...status, message: first.text, reason: first.isInvalid ? 'Invalid' : 'Forbidden' });
  }
}
