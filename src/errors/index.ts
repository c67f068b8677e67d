export * from './api-error.js';
export * from './api-error-from.js';
export * from './destination.js';
export * from './in-context.js';
export * from './kube-error.js';
export * from './local-errors.js';
