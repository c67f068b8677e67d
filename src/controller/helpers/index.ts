export * from './create-or-update.js';
export * from './expectations.js';
export * from './finalizer.js';
export * from './status-condition.js';
