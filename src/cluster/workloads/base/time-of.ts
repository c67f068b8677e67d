import { parseTime, type Time } from '../../../meta/index.js';

/** Returns a time in milliseconds, or undefined for one that is not set. Programs in Go write `null` for times that they leave out. */
export function timeOf(time: Time | null | undefined): number | undefined {
  return time === undefined || time === null ? undefined : parseTime(time);
}
