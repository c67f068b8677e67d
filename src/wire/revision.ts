/** The whole numbers of so many digits are all exact in a number. */
const mostDigits = 15;

/** The number that stands at `[start, end)` as `String` would write it; -1 where none does, or it is too long. */
export function revisionOf(b: Uint8Array, start: number, end: number): number {
  const digits = end - start;
  if (digits <= 0 || digits > mostDigits || (digits > 1 && b[start] === 0x30)) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (b[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
