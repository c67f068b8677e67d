/** Numbers objects, from 1 on: equal numbers mean the same object. */
export class ObjectIds {
  readonly #ids = new WeakMap<object, number>();
  #last = 0;

  /** Returns the number of an object. */
  of(object: object): number {
    const id = this.#ids.get(object) ?? ++this.#last;
    this.#ids.set(object, id);
    return id;
  }
}
