export { connect } from './client/connect.js';
export { Cluster } from './client/cluster.js';
export { mergePatch, jsonPatch, strategicMergePatch } from './client/patches.js';
