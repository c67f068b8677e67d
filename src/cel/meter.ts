/** Thrown when an expression does more work than it may. It is not an error of the expression, so `||` cannot hide it. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** Work that is allowed for each unit of cost. */
const workPerCost = 500;

/**
 * Counts the work of one evaluation in two units, and stops it at a limit.
 *
 * Cost is what Kubernetes defines. It is a guess: some operations cost 1 and take time or memory in proportion to a large
 * value. Work is therefore counted beside it, before it is done. One unit is a character that is read; nodes, list items and
 * new characters count more. An expression that kube-apiserver runs in reasonable time never reaches the limit of work.
 */
export class Meter {
  cost = 0;
  #work = 0;

  constructor(private readonly limit: number) {}

  /** Adds cost. Throws a CostExceeded above the limit. */
  spend(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostExceeded();
  }

  /** Adds work. Throws a CostExceeded above the limit. */
  work(units: number): void {
    this.#work += units;
    if (this.#work > this.limit * workPerCost) throw new CostExceeded();
  }

  /** Adds the work of looking at values. */
  visit(nodes: number): void {
    this.work(16 * nodes);
  }

  /** Adds the work of making a list: what it takes in memory counts. */
  grow(items: number): void {
    this.work(64 * items);
  }

  /** Adds the work of making a string. */
  write(characters: number): void {
    this.work(4 * characters);
  }
}
