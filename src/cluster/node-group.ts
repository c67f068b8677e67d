/** The nodes of a cluster that run in this process. */
export interface NodeGroup extends AsyncDisposable {
  /** The names of the nodes. */
  readonly names: readonly string[];
  /** Starts a node, or starts one again that was stopped. */
  start(name: string): Promise<void>;
  /** Stops a node as if its machine had failed. */
  stop(name: string): Promise<void>;
  /** Stops all nodes. */
  close(): Promise<void>;
}
