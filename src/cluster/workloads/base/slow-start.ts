/**
 * Runs `create` `count` times in batches of 1, 2, 4, … calls, and stops after the first batch with an error. A quota that refuses every
 * pod thus costs one refusal and not hundreds. Returns the number of calls that succeeded, and the error.
 */
export async function slowStart(
  count: number,
  create: (index: number) => Promise<unknown>,
): Promise<{ readonly created: number; readonly error: unknown }> {
  let created = 0;
  let begun = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - begun)) {
    const from = begun;
    begun += size;
    const results = await Promise.allSettled(Array.from({ length: size }, (_, i) => create(from + i)));
    created += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) return { created, error: failed.reason };
  }
  return { created, error: undefined };
}
