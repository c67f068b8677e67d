export { aggregatedDiscovery } from './aggregated-discovery.js';
export { withSwagger } from './merged-swagger.js';
export { type LoadFacts, type OpenApiDocument, openApiDocument, plumbingDocument } from './openapi-document.js';
export { swaggerDocument } from './swagger-document.js';
