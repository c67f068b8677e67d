export { wireTypeOfKind } from './field-facts.js';
export { protobufCodec } from './protobuf-codec.js';
export { protobufObjectCodec } from './protobuf-object-codec.js';
export { UnencodableError } from './unencodable-error.js';
