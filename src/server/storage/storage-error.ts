/** Codes of a `StorageError`. */
export type StorageErrorCode =
  /** The folder cannot be read or written. */
  | 'FolderUnusable'
  /** Another process uses the folder. */
  | 'FolderInUse'
  /** A file does not hold what was written to it. */
  | 'FileDamaged'
  /** A value is encrypted with a key that the server does not have, or is not an object. */
  | 'ValueUnreadable'
  /** A write did not reach the disk. */
  | 'WriteFailed'
  /** The store was closed. */
  | 'StoreClosed'
  /** etcd does not answer. The outcome of a write is not known then. */
  | 'EtcdUnavailable'
  /** etcd refused a call. */
  | 'EtcdFailed'
  /** A package that the store needs is not installed. */
  | 'PackageMissing';

/** A store that cannot be opened, or a write that it could not keep. */
export class StorageError extends Error {
  /** `StorageError`. */
  override readonly name = 'StorageError';

  constructor(
    /** The kind of failure, for programs. */
    readonly code: StorageErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Returns the text of a failed system call, such as `no space left on device`, and the message of any other error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const text = code === undefined ? undefined : reasons[code];
  return text ?? error.message;
}

const reasons: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the limit for files',
  EIO: 'the disk reported an error',
  EMFILE: 'too many open files',
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
};
