/** The outcome of one probe. */
export interface ProbeResult {
  readonly ok: boolean;
  /** The text for people: the answer, or the reason of the failure. */
  readonly output: string;
}

/** The port of a container that a probe or a hook names. */
export function portOf(
  port: number | string,
  ports: readonly { readonly name?: string | undefined; readonly containerPort: number }[] = [],
): number | undefined {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

/** Returns the text of an error. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
