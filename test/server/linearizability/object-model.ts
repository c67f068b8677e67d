import type { Call, Model } from './checker.js';

/** A call about one object. Each write has a text of its own. */
export type Input =
  | { readonly kind: 'get' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'create'; readonly text: string }
  | { readonly kind: 'update'; readonly text: string; readonly version: string };

/** The status of the answer, and the object that it shows. */
export interface Output {
  readonly status: number;
  readonly version?: string | undefined;
  readonly text?: string | undefined;
}

/** The stored object, if there is one. The version of a write without an answer is not known until somebody reads it. */
export interface State {
  readonly held?: { readonly version: string | undefined; readonly text: string };
}

/** A call about one object, and its answer. */
export type ObjectCall = Call<Input, Output>;

/** The object of one name, as the API promises it. */
export const objectModel: Model<State, Input, Output> = {
  initial: {},
  textOf: (state) => JSON.stringify(state),
  step(state, input, output) {
    const { held } = state;
    const status = output?.status;
    switch (input.kind) {
      case 'get':
        if (status === 404) return held === undefined ? state : undefined;
        if (output === undefined || held === undefined || held.text !== output.text) return undefined;
        if (held.version !== undefined && held.version !== output.version) return undefined;
        return { held: { ...held, version: output.version } };
      case 'create':
        if (status === 409) return held === undefined ? undefined : state;
        return held === undefined ? written(input.text, output, 201) : undefined;
      case 'update':
        if (status === 404) return held === undefined ? state : undefined;
        if (held === undefined) return undefined;
        if (status === 409) return held.version === input.version ? undefined : state;
        return held.version === input.version ? written(input.text, output, 200) : undefined;
      case 'delete':
        if (status === 404) return held === undefined ? state : undefined;
        return held !== undefined && (status === undefined || status === 200) ? {} : undefined;
    }
  },
};

function written(text: string, output: Output | undefined, status: number): State | undefined {
  return output === undefined || output.status === status ? { held: { version: output?.version, text } } : undefined;
}
