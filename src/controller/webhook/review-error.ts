import { scrub } from '../../errors/scrub.js';

/** An error for a malformed request: the server answers 400 with this message. */
export class ReviewError extends Error {}

/** The longest message of an error that is told to clients. */
const LONGEST_MESSAGE = 1024;

/** A field for a message: its text, cut short. */
export function textIn(record: { readonly [field: string]: unknown }, field: string): string {
  const value = record[field];
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 128)) : `no ${field}`;
}

/** Returns the text that clients receive for an error that a handler threw: its message without its stack and without known secrets. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return scrub(message).slice(0, LONGEST_MESSAGE) || 'the webhook failed';
}
