import { SubjectAccessReview } from '../../../../generated/authorization.k8s.io/v1.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';
import type { KubeletUser } from './kubelet-authenticator.js';
import { ReviewCache } from './review-cache.js';

/** The rights that a request to the kubelet needs: any one of the subresources is enough. */
export interface RequestAttributes {
  readonly verb: string;
  readonly subresources: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources with a finer right beside `nodes/proxy`. */
const FINE: readonly (readonly [path: string, subresource: string])[] = [
  ['/pods', 'pods'],
  ['/runningpods', 'pods'],
  ['/healthz', 'healthz'],
  ['/configz', 'configz'],
];
const COARSE: readonly (readonly [path: string, subresource: string])[] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
  ['/checkpoint', 'checkpoint'],
];

/** Returns the rights that a request needs. */
export function attributesOf(method: string, path: string): RequestAttributes {
  const within = (root: string) => path === root || path.startsWith(`${root}/`);
  const fine = FINE.filter(([root]) => within(root)).map(([, subresource]) => subresource);
  const coarse = COARSE.find(([root]) => within(root))?.[1] ?? 'proxy';
  return { verb: VERBS[method] ?? '', subresources: [...fine, coarse] };
}

/** Settings of an `Authorizer`. */
export interface AuthorizerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly allowedMs: number;
  readonly deniedMs: number;
}

/** Asks the API server whether a user may do something at the kubelet. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #reviews: ReviewCache<boolean>;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#reviews = new ReviewCache(options.clock);
  }

  /** Resolves to true when the user has one of the rights. Rejects when the API server cannot be asked. */
  async authorize(user: KubeletUser, { verb, subresources }: RequestAttributes): Promise<boolean> {
    const { allowedMs, deniedMs } = this.#options;
    for (const subresource of subresources) {
      const key = JSON.stringify([user, verb, subresource]);
      const review = () => this.#review(user, verb, subresource);
      if (await this.#reviews.get(key, review, (allowed) => (allowed ? allowedMs : deniedMs))) return true;
    }
    return false;
  }

  async #review({ username, uid, groups, extra }: KubeletUser, verb: string, subresource: string): Promise<boolean> {
    const { cluster, nodeName } = this.#options;
    const review = await cluster.resource(SubjectAccessReview).create({
      spec: {
        user: username,
        uid,
        groups: [...groups],
        extra: extra && Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])),
        resourceAttributes: { verb, group: '', version: 'v1', resource: 'nodes', subresource, name: nodeName },
      },
    });
    return review.status?.allowed === true;
  }
}
