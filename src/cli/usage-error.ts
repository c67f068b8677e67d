/** A command line that cannot be understood: the command ends with status 2 and says how it is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
