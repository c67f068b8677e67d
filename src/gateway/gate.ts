import type { GatewayFault } from '../browser/protocol.js';
import type { GatewayOptions } from './gateway-options.js';
import { type Caller, callerFrom } from './gateway-user.js';
import { originProblem } from './origin-check.js';
import { faultOf, isInternal, refusal } from './refusals.js';

/** Lets requests in: from the right pages, of users that the platform knows. */
export class Gate {
  readonly #options: GatewayOptions;
  readonly #onError: (error: unknown) => void;

  constructor(options: GatewayOptions, onError: (error: unknown) => void) {
    this.#options = options;
    this.#onError = onError;
  }

  /** Returns the user of a request, or why it is refused. */
  async enter(request: Request): Promise<{ readonly user: Caller } | { readonly fault: GatewayFault }> {
    try {
      return { user: await this.#userOf(request) };
    } catch (error) {
      if (isInternal(error)) this.#onError(error);
      return { fault: faultOf(error) };
    }
  }

  async #userOf(request: Request): Promise<Caller> {
    // Addresses end up in logs and histories, so that nothing secret may come by them.
    if (new URL(request.url).search !== '') throw refusal(400, 'the gateway takes no query in its address');
    const problem = originProblem(request.headers, this.#options.origins);
    if (problem !== undefined) throw refusal(403, problem);
    const user = await this.#options.authenticate(request);
    if (user === undefined) throw refusal(401, 'sign in first');
    return callerFrom(user);
  }
}
