import type { JsonObject } from '../../util/json-value.js';
import type { UserInfo } from './user.js';

/** The audit record of one request. The steps that decide on the request add their decisions to it. */
export interface RequestAudit {
  /** Records the user that the request is made for, if that is not its caller, and the constrained verb that allowed it. */
  impersonated(user: UserInfo, constraint?: string | undefined): void;
  /** Adds an annotation. The first value of a key stays. `quotes`: it holds parts of the request's object, so it needs the level `Request`. */
  annotate(key: string, value: string, quotes?: boolean): void;
  /** Records the object that was sent, once it is decoded and has its defaults. */
  requested(object: JsonObject): void;
}
