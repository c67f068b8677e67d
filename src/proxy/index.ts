export { defaultFilter, type FilteredRequest, type FilterPatterns } from './request-filter.js';
export { type ProxyServer, type ProxyServerOptions, type ProxyServerSettings, startProxy } from './start-proxy.js';
