/** What this server uses of `@marcbachmann/cel-js`. */
export interface CelLibrary {
  readonly Environment: new (options: object) => CelEnvironment;
  readonly Optional: { of(value: unknown): unknown; none(): unknown };
}

export interface CelEnvironment {
  registerVariable(name: string, type: string): CelEnvironment;
  registerType(name: string, type: object): CelEnvironment;
  registerFunction(signature: string, handler: (...args: never[]) => unknown): CelEnvironment;
  parse(expression: string): CelProgram;
}

/** An expression ready to run. */
export interface CelProgram {
  readonly ast: unknown;
  (context: object): unknown;
  check(): { readonly valid: boolean; readonly type?: unknown; readonly error?: Error };
}

/** The package that reads CEL: an optional peer, since it wants a newer Node than we do and few definitions have rules. */
export const celPackage = '@marcbachmann/cel-js';

let library: CelLibrary | undefined;
let loading: Promise<void> | undefined;

/** Loads the CEL library, once. Where the package is not installed, `celLibrary` stays without an answer. */
export function loadCel(): Promise<void> {
  loading ??= import('@marcbachmann/cel-js').then(
    (loaded) => {
      // Its types say more than is used here, and in other words.
      library = loaded as unknown as CelLibrary;
    },
    () => {},
  );
  return loading;
}

/** The CEL library, where it has been loaded. */
export function celLibrary(): CelLibrary | undefined {
  return library;
}
