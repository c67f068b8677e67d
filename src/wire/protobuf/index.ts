export { wireTypeOfKind } from './facts.js';
export { protobufCodec } from './protobuf-codec.js';
export { UnencodableError } from './unencodable-error.js';
