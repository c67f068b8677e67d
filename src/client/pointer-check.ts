/** A place in an object (RFC 6901), such as `/metadata/labels/app.kubernetes.io~1name`. The empty one is the whole object. */
export type JsonPointer = '' | `/${string}`;

/** One step of a JSON patch. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: JsonPointer; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: JsonPointer }
  | { readonly op: 'move' | 'copy'; readonly from: JsonPointer; readonly path: JsonPointer };

/** The name that a segment of a pointer stands for. */
type Unescaped<S extends string> = S extends `${infer A}~1${infer B}`
  ? `${Unescaped<A>}/${Unescaped<B>}`
  : S extends `${infer A}~0${infer B}`
    ? `${A}~${Unescaped<B>}`
    : S;

/** `true` among its members if `T` has a place `P`. Pointers that are only known at run time, and unknown types, have every place. */
type Has<T, P extends string> = string extends P
  ? true
  : P extends ''
    ? true
    : P extends `/${infer Rest}`
      ? Rest extends `${infer Head}/${infer Tail}`
        ? HasSegment<T, Head, `/${Tail}`>
        : HasSegment<T, Rest, ''>
      : false;

type HasSegment<T, Head extends string, Tail extends string> = string extends Head
  ? true
  : unknown extends T
    ? true
    : T extends readonly (infer Item)[]
      ? Head extends '-' | `${number}`
        ? HasIn<Item, Tail>
        : false
      : T extends object
        ? Unescaped<Head> extends keyof T & string
          ? HasIn<T[Unescaped<Head>], Tail>
          : false
        : false;

type HasIn<Value, Tail extends string> = unknown extends Value ? true : Has<NonNullable<Value>, Tail>;

/** `P` if `T` has such a place, else a type that no text has and that the compiler shows. */
type PlaceIn<T, P extends string> = true extends Has<T, P> ? P : { readonly 'there is no such place': P };

/** The steps of a JSON patch, each with a `path` and a `from` that exist in `T`. */
export type StepsFor<T, Steps extends readonly JsonPatchOperation[]> = {
  readonly [I in keyof Steps]: Steps[I] extends { readonly path: infer P extends string }
    ? Steps[I] & { readonly path: PlaceIn<T, P> } & (Steps[I] extends { readonly from: infer F extends string }
          ? { readonly from: PlaceIn<T, F> }
          : unknown)
    : Steps[I];
};
