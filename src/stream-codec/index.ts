export * from './bounded-duplex.js';
export * from './channel-connection.js';
export * from './channels.js';
export * from './spdy/frames.js';
export * from './spdy/header-block.js';
export * from './spdy/spdy-connection.js';
export * from './spdy/spdy-error.js';
export * from './spdy/spdy-stream.js';
