/** Go's zero time, in seconds since the epoch. */
export const zeroSeconds = -62_135_596_800;

/** Days of a year that are before each month and after the last, in a year whose February has 28. */
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/**
 * Returns the seconds since the epoch of a time in the form of API servers, `2026-11-20T10:00:00Z`. Returns undefined for other texts,
 * which the caller examines further.
 */
export function secondsAt(b: Uint8Array, start: number, end: number): number | undefined {
  if (end - start !== 20 || b[start + 4] !== 0x2d || b[start + 7] !== 0x2d || b[start + 10] !== 0x54) return undefined;
  if (b[start + 13] !== 0x3a || b[start + 16] !== 0x3a || b[start + 19] !== 0x5a) return undefined;
  const year = twoDigits(b, start) * 100 + twoDigits(b, start + 2);
  const month = twoDigits(b, start + 5);
  const day = twoDigits(b, start + 8);
  const hour = twoDigits(b, start + 11);
  const minute = twoDigits(b, start + 14);
  const second = twoDigits(b, start + 17);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  const before = daysBefore[month - 1] ?? Number.NaN;
  const days = (daysBefore[month] ?? 0) - before + (month === 2 ? leap : 0);
  // A character that is not a digit has become NaN, which fails every comparison.
  if (!(year >= 1 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const past = year - 1;
  const yearsDays = past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const inYear = before + (month > 2 ? leap : 0) + day - 1;
  return ((yearsDays + inYear) * 24 + hour) * 3600 + minute * 60 + second + zeroSeconds;
}

function twoDigits(b: Uint8Array, at: number): number {
  const tens = (b[at] ?? 0) - 0x30;
  const ones = (b[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
