import { isApiError } from '../../../errors/index.js';

/** Returns the server's own words for an error that it answered with, as events and conditions carry them. */
export function faultMessage(error: unknown): string {
  if (isApiError(error)) return error.status.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Reports whether the server refused a creation because the namespace is being deleted. A retry is useless then. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isApiError(error) && error.causes.some(({ reason }) => reason === 'NamespaceTerminating');
}

/** Runs every task to its end, then throws the first error. The other tasks are not cut short by it. */
export async function settleAll<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
