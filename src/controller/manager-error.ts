import { KubeError } from '../errors/index.js';

/** A part of a manager failed, which ends the manager. `cause` is the part's error. */
export class ManagerError extends KubeError {
  static {
    ManagerError.prototype.name = 'ManagerError';
  }

  override readonly code = 'ERR_KUBE_MANAGER';
}
