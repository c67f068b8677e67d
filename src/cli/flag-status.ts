/** The types of a flag's value. Lists are comma-separated; lists and arrays may be given several times. */
export type FlagKind = 'string' | 'bool' | 'int' | 'duration' | 'list' | 'array';

/** The treatment of a flag of the upstream component. */
export type FlagStatus =
  | { readonly status: 'works'; readonly kind: FlagKind }
  /** Only this value describes what the component does; other values are refused. */
  | { readonly status: 'only'; readonly value: string }
  | { readonly status: 'refused'; readonly why: string };

/** Returns the status of a flag that works. */
export const works = (kind: FlagKind): FlagStatus => ({ status: 'works', kind });

/** Returns the status of a flag that accepts only the value that the component has anyway. */
export const only = (value: string): FlagStatus => ({ status: 'only', value });

/** Returns the status of a flag that is refused, with the reason. */
export const refused = (why: string): FlagStatus => ({ status: 'refused', why });
