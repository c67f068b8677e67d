import type { UserInfo } from './user.js';

/** The audit record of one request. The steps that decide on the request add their decisions to it. */
export interface RequestAudit {
  /** Records the user that the request is made for, if that is not its caller. */
  impersonated(user: UserInfo): void;
  /** Adds an annotation. The first value of a key stays. */
  annotate(key: string, value: string): void;
}
