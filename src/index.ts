export type { Condition, ObjectMeta } from './meta/index.js';
