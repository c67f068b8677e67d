import { dns1123SubdomainProblems } from '../../meta/index.js';
import { encodeUtf8 } from '../../util/bytes.js';

/** The server's bounds, in bytes (pkg/apis/core/validation/events.go). */
export const LONGEST_WORD = 128;
export const LONGEST_NOTE = 1024;

/** The text, cut to that many bytes of UTF-8 between two characters; what is cut shows as `...`. */
export function cutTo(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || encodeUtf8(text).length <= bytes) return text;
  const kept: string[] = [];
  let size = 3;
  for (const char of text) {
    size += encodeUtf8(char).length;
    if (size > bytes) break;
    kept.push(char);
  }
  return `${kept.join('')}...`;
}

/** The name of an event: that of the object it is about and a number no other event has, in hexadecimal, as client-go's. */
export function eventName(about: string | undefined, nanoseconds: bigint): string {
  const unique = nanoseconds.toString(16);
  const name = `${about}.${unique}`;
  // Some kinds have names that events cannot have, such as the colons of roles.
  return about === undefined || dns1123SubdomainProblems(name).length > 0 ? `event.${unique}` : name;
}
