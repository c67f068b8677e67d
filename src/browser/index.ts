export type { WebClock } from '../util/web-clock.js';
export type { KindLike } from './channel.js';
export {
  type ActionOptions,
  type DeleteOptions,
  type DrainOptions,
  type DrainOutcome,
  GatewayActions,
  type ObjectName,
  type PreviewAnswer,
  type PreviewRequest,
  type RightsQuestion,
  type ServedKind,
  type WriteOptions,
} from './gateway-actions.js';
export {
  type AttachParams,
  connectGateway,
  type ExecParams,
  GatewayClient,
  type GatewayOptions,
  type LogsParams,
  type PortParams,
} from './gateway-client.js';
export { GatewayError } from './gateway-error.js';
export type { GatewayState, SocketLike } from './gateway-socket.js';
export { GatewayStream, type StreamOutput } from './gateway-stream.js';
export { LiveQuery, type LiveSnapshot } from './live-query.js';
export { liveQuery } from './page-gateway.js';
export type { FieldCondition, GatewayFault, QueryColumn, QueryOptions, QueryRow, QueryWindow } from './protocol.js';
export type { Subscribe } from './snapshots.js';
