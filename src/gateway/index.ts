export type { AllowedKind } from './access/allowed-kinds.js';
export { createGateway } from './create-gateway.js';
export type { Gateway, GatewayOptions, GatewayStatus } from './gateway-options.js';
export type { GatewayUser } from './gateway-user.js';
export type { GatewayLimits } from './user-limits.js';
