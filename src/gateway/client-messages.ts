import { z } from 'zod';
import type { ClientMessage } from '../browser/protocol.js';
import { InvalidRequestError } from '../errors/index.js';

const text = z.string().max(1_000);
const path = z.string().min(1).max(500);
const paths = z.array(path).max(50);
const scalar = z.union([text, z.number(), z.boolean(), z.null()]);
const number = z.int().min(0);

const condition = z.strictObject({
  path,
  is: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in', 'contains', 'exists']),
  value: z.union([scalar, z.array(scalar).max(200)]).optional(),
});

const queryKind = z.strictObject({ apiVersion: text, kind: text });

const queryOptions = z.strictObject({
  cluster: text.optional(),
  namespace: text.min(1).optional(),
  labels: text.optional(),
  where: z.array(condition).max(20).optional(),
  search: text.optional(),
  searchIn: paths.min(1).optional(),
  sort: z.array(path).max(10).optional(),
  group: path.optional(),
  window: z.strictObject({ from: number, to: number }).optional(),
  columns: z.union([z.literal('object'), z.literal('table'), paths]).optional(),
});

const id = z.int().min(1);

const clientMessage: z.ZodType<ClientMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), id, kind: queryKind, query: queryOptions }),
  z.strictObject({ type: z.literal('update'), id, query: queryOptions }),
  z.strictObject({ type: z.literal('close'), id }),
  z.strictObject({ type: z.literal('call'), id, action: text, params: z.unknown().optional() }),
  z.strictObject({ type: z.literal('stream'), id, stream: text, params: z.unknown().optional() }),
  z.strictObject({ type: z.literal('input'), id, data: z.string().optional(), end: z.boolean().optional() }),
  z.strictObject({ type: z.literal('resize'), id, columns: number.max(10_000), rows: number.max(10_000) }),
  z.strictObject({ type: z.literal('read'), id, length: number }),
]);

/**
 * Reads a message of a browser. Throws an `InvalidRequestError` that says what is wrong with it.
 */
export function readMessage(message: string): ClientMessage {
  const found = clientMessage.safeParse(parsed(message));
  if (found.success) return found.data;
  throw new InvalidRequestError(`cannot read the message: ${problemsOf(found.error)}`);
}

/** Returns the problems of untrusted input as one text. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ')
    .slice(0, 1_000);
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
