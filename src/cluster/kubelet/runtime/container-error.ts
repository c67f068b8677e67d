import { KubeError, type KubeErrorOptions } from '../../../errors/index.js';

/** The reasons that kubelets give for a container that does not run. */
export type ContainerErrorReason =
  | 'ErrImagePull'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'StartError';

/** A container, or a command in it, could not be started. */
export class ContainerError extends KubeError {
  static {
    ContainerError.prototype.name = 'ContainerError';
  }

  override readonly code = 'ERR_KUBE_CONTAINER';

  constructor(
    /** The reason in the container's status. */
    readonly reason: ContainerErrorReason,
    message: string,
    options: KubeErrorOptions = {},
  ) {
    super(message, options);
  }
}
