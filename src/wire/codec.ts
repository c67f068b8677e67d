/**
 * An encoding behind one seam: client, watch and cache deal in frames, documents and objects and never know which encoding
 * carried them.
 */
export interface Codec {
  /** The media type of `Accept` and of bodies. */
  readonly mediaType: string;
  /** The media type of `Accept` on a watch. */
  readonly watchMediaType: string;
  /** Encodes a document. For a value that is not data, such as a cycle, it throws the encoder's error. */
  encode(value: unknown): Uint8Array;
  /** The whole document as plain data. Throws `MalformedError`. */
  decode(bytes: Uint8Array, unknown?: UnknownFields): unknown;
  /** A fresh splitter for one watch stream. */
  frames(): FrameSplitter;
  /** Decodes one frame of a watch. Throws `MalformedError` with the position inside the frame. */
  decodeFrame(frame: Uint8Array, unknown?: UnknownFields): WatchFrame;
}

/** Tells whether a decoder passed over fields that it does not know. JSON has none: it carries names. */
export interface UnknownFields {
  /** Set to true by a decoder that passed over at least one field; never set to false. */
  found: boolean;
}

/** One frame of a watch stream, decoded. */
export interface WatchFrame {
  readonly type: string;
  readonly object: unknown;
}

/** Cuts a byte stream into frames, whatever the chunk boundaries. */
export interface FrameSplitter {
  /** Calls `onFrame` for each frame that `chunk` completes. A frame is valid only during the call: it may alias the chunk. */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void;
  /** Bytes that arrived after the last whole frame. */
  readonly pending: number;
  /** Bytes of the stream up to the end of the last whole frame. */
  readonly offset: number;
}

/** Bytes that are not what the encoding promises. `offset` counts from the start of the bytes given. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
  constructor(
    message: string,
    readonly offset: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
