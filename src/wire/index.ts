export * from './codec.js';
export * from './json-codec.js';
export * from './json-object-codec.js';
export * from './object-codec.js';
