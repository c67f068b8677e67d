export { aggregatedDiscovery } from './discovery.js';
export { type LoadFacts, type OpenApiDocument, openApiDocument, plumbingDocument } from './document.js';
export { withSwagger } from './merged-swagger.js';
export { swaggerDocument } from './swagger.js';
