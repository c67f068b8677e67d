import { FormatError, parseDuration } from '../../meta/index.js';

/** Returns the fault of a duration, in the words of Go's `time.ParseDuration`, or undefined for a valid one such as `1m30s`. */
export function durationFault(text: string): string | undefined {
  try {
    parseDuration(text);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}
