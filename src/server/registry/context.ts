import type { Clock } from '../../util/clock.js';
import type { Random } from '../../util/random.js';
import type { AdmissionPlugin } from '../admission/plugins.js';
import type { TokenAuthority } from '../authn/token-authority.js';
import type { Authorizer } from '../authz/authorizer.js';
import type { PolicyRule } from '../authz/rules.js';
import type { RequestCounter } from '../discovery/metrics.js';
import type { FeatureGates } from '../features/feature-gates.js';
import type { Inflight } from '../http/inflight.js';
import type { ServerRequest } from '../http/message.js';
import type { Media } from '../http/negotiate.js';
import type { ResourcePath } from '../http/request-info.js';
import type { ServedResource } from '../scheme/resource.js';
import type { Scheme } from '../scheme/scheme.js';
import type { Storage } from '../storage/storage.js';
import type { UserInfo } from '../user.js';

/** What every verb works with: one per server. */
export interface ServerContext {
  readonly storage: Storage;
  readonly scheme: Scheme;
  /** The custom resources: `settled` resolves when every definition written before has taken effect. */
  readonly definitions: { settled(): Promise<void> };
  /** The features that are on. */
  readonly features: FeatureGates;
  /** Who may do what. */
  readonly authorizer: Authorizer;
  /** The admission plugins that run. */
  readonly plugins: ReadonlySet<AdmissionPlugin>;
  /** The rules of a role; undefined where there is none. */
  readonly roleRules: (kind: string, namespace: string, name: string) => Promise<PolicyRule[] | undefined>;
  /** Whose a token is, as far as others than this server know. */
  readonly knownToken: (token: string) => Promise<UserInfo | undefined>;
  /** Signs and checks the tokens of service accounts. */
  readonly tokens: TokenAuthority;
  readonly clock: Clock;
  readonly random: Random;
  /** How often a watch that asked for bookmarks gets one, in milliseconds. */
  readonly bookmarkIntervalMs: number;
  /** Bytes of events a watch may fall behind before it is cut. */
  readonly watchBufferBytes: number;
  /** Counts the requests under way. */
  readonly inflight: Inflight;
  /** What has been asked and answered so far. */
  readonly requests: RequestCounter;
  /** What controllers offer to those who cannot wait for them. */
  readonly hooks: ControllerHooks;
  /** What reads with `resourceVersion=0` are answered from. */
  readonly cache: ReadCache;
  /** Called when the store has gone back to an earlier state: for what is derived from it and follows no watch. */
  readonly restored: Set<() => void>;
  /** Aborted when the server closes: ends all watches. */
  readonly closing: AbortSignal;
}

/** The real server answers `resourceVersion=0` from a cache that may be behind. Here it is never, unless it is told to be. */
export interface ReadCache {
  /** The revision it has stopped at; undefined while it keeps up. */
  frozenAt: number | undefined;
}

/** What running controllers can be asked to do at once; absent where they do not run. */
export interface ControllerHooks {
  /** Makes sure of what every namespace is given, such as its `default` service account. */
  settleNamespace?: (namespace: string) => Promise<void>;
}

/** One request that reached a resource. */
export interface ResourceRequest {
  readonly server: ServerContext;
  readonly http: ServerRequest;
  readonly path: ResourcePath;
  readonly resource: ServedResource;
  readonly query: URLSearchParams;
  readonly media: Media;
  readonly user: UserInfo;
  /** Texts for Warning headers, in order. */
  readonly warnings: string[];
}

/** The name in the path, which the router has made sure of. */
export function nameOf(request: ResourceRequest): string {
  return request.path.name ?? '';
}
