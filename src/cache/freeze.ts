/** Freezes plain data all the way down, so that writing to it throws in strict mode. Returns its argument. */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value];
  for (let next = pending.pop(); next !== undefined || pending.length > 0; next = pending.pop()) {
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const child of Object.values(next)) {
      if (typeof child === 'object' && child !== null) pending.push(child);
    }
  }
  return value;
}

/**
 * Reports whether objects are frozen. They are with `KEELSON_DETECT_MUTATION=1` (like client-go's `KUBE_CACHE_MUTATION_DETECTOR`).
 * They also are in tests, which runners mark by `NODE_ENV=test`, unless the variable is `0`.
 */
export function detectsMutation(env: NodeJS.ProcessEnv = process.env): boolean {
  const wanted = env.KEELSON_DETECT_MUTATION;
  return wanted === undefined || wanted === '' ? env.NODE_ENV === 'test' : wanted !== '0' && wanted !== 'false';
}
