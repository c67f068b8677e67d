/** The environment a program runs in. */
export type Environment = { readonly [name: string]: string | undefined };
