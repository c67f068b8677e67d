/** The end of a command in a container, or of an attachment to one. */
export type RemoteOutcome =
  | { readonly kind: 'success' }
  | { readonly kind: 'exit'; readonly code: number; readonly command: readonly string[] }
  | { readonly kind: 'failure'; readonly message: string };

/** The form in which a protocol tells the end: as text up to v3, as a Status from v4 on, with other words since v5. */
export type StatusForm = 'text' | 'v4' | 'v5';

/** Encodes the end for the error channel. Returns undefined where the protocol says nothing. */
export function encodeOutcome(outcome: RemoteOutcome, form: StatusForm): string | undefined {
  if (form === 'text') return outcome.kind === 'success' ? undefined : messageOf(outcome, form);
  const metadata = form === 'v5' ? { metadata: {} } : {};
  if (outcome.kind === 'success') return JSON.stringify({ ...metadata, status: 'Success' });
  const message = messageOf(outcome, form);
  if (outcome.kind === 'exit') {
    return JSON.stringify({
      ...metadata,
      status: 'Failure',
      message,
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: String(outcome.code) }] },
    });
  }
  const details = form === 'v5' ? { details: { causes: [{ message: internal(outcome.message) }] } } : {};
  return JSON.stringify({ ...metadata, status: 'Failure', message, reason: 'InternalError', ...details, code: 500 });
}

function messageOf(outcome: Exclude<RemoteOutcome, { kind: 'success' }>, form: StatusForm): string {
  if (outcome.kind === 'failure')
    return form === 'v5' ? internal(internal(outcome.message)) : internal(outcome.message);
  const { code, command } = outcome;
  const what =
    form === 'v5'
      ? `command terminated with exit code ${code}`
      : `error executing command [${command.join(' ')}], exit code ${code}`;
  return `command terminated with non-zero exit code: ${what}`;
}

function internal(message: string): string {
  return `Internal error occurred: ${message}`;
}
