export * from './codec.js';
export * from './json-codec.js';
