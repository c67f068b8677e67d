export * from './cluster-config.js';
export * from './credentials.js';
export * from './resolve-config.js';
export * from './service-account.js';
export * from './tls-settings.js';
