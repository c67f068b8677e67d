export * from './cluster.js';
export * from './connect.js';
