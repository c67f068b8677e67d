export { aggregatedDiscovery } from './discovery.js';
export { type LoadFacts, type OpenApiDocument, openApiDocument, plumbingDocument } from './document.js';
export { swaggerDocument } from './swagger.js';
