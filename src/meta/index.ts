export * from './api-facts.js';
export * from './object-meta.js';
export * from './resource.js';
export * from './scalars.js';
export * from './status.js';
export * from './stored.js';
export * from './watch-event.js';
