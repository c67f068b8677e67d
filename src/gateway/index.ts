export type { AllowedKind } from './access/allowed-kinds.js';
export type { ActionName } from './actions/action-params.js';
export { createGateway } from './create-gateway.js';
export type { Gateway, GatewayOptions, GatewayStatus } from './gateway-options.js';
export type { GatewayUser } from './gateway-user.js';
export type { StreamName } from './streams/stream-params.js';
export type { GatewayLimits } from './user-limits.js';
