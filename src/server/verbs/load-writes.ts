let loading: Promise<typeof import('./writes.js')> | undefined;

/** Loads the modules of writes at the first write. */
export function loadWrites(): Promise<typeof import('./writes.js')> {
  loading ??= import('./writes.js');
  return loading;
}
