import type { Node, Pod } from '../../generated/core/v1.js';
import type { Cached } from '../cache/index.js';

/** A pod as a cache holds it. */
export type PodObject = Cached<Pod, 'Namespaced'>;

/** A node as a cache holds it. */
export type NodeObject = Cached<Node, 'Cluster'>;
