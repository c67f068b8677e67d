let loading: Promise<typeof import('./writes.js')> | undefined;

/** What writes, loaded when it is first asked for. */
export function loadWrites(): Promise<typeof import('./writes.js')> {
  loading ??= import('./writes.js');
  return loading;
}
