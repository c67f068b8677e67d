import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../src/util/clock.js';
import type { RawConnection } from './raw-connection.js';

const opcodes = { close: 8, ping: 9, pong: 10 } as const;

/** The client's side of a WebSocket, frame by frame. */
export class RawWebSocket {
  readonly #connection: RawConnection;
  readonly #waiting = new Set<() => void>();
  readonly pongs: string[] = [];
  /** Whole messages with their opcode, until somebody takes them. */
  readonly messages: [number, Buffer][] = [];
  /** Takes the messages as they arrive, in place of `messages`. */
  onMessage: ((opcode: number, message: Buffer) => void) | undefined;
  closed: { readonly code: number | null; readonly reason: string } | undefined;
  ended = false;
  #closing = false;

  constructor(connection: RawConnection) {
    this.#connection = connection;
    void this.#read().finally(() => {
      this.ended = true;
      this.#wake();
    });
  }

  send(opcode: number, payload: Uint8Array): void {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = randomBytes(4);
    const masked = payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
    this.#connection.write(Buffer.concat([head, mask, masked]));
  }

  close(code: number): void {
    this.#closing = true;
    this.send(opcodes.close, Buffer.from([code >> 8, code & 0xff]));
  }

  /** Resolves with the last value of `holds`: when it is true, when the socket has ended, or when the time is up. */
  async until(holds: () => boolean, ms: number): Promise<boolean> {
    const late = systemClock.now() + ms;
    while (!holds() && !this.ended && systemClock.now() < late) {
      await new Promise<void>((resolve) => {
        const timer = systemClock.setTimer(late - systemClock.now(), () => done());
        const done = (): void => {
          timer.cancel();
          this.#waiting.delete(done);
          resolve();
        };
        this.#waiting.add(done);
      });
    }
    return holds();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #read(): Promise<void> {
    const patience = 3_600_000;
    let parts: Buffer[] = [];
    let opcode = 0;
    for (;;) {
      const head = await this.#connection.bytes(2, patience);
      if (head === undefined) return;
      const [first = 0, second = 0] = head;
      const short = second & 0x7f;
      const extended = short < 126 ? undefined : await this.#connection.bytes(short === 126 ? 2 : 8, patience);
      const length =
        extended === undefined ? short : short === 126 ? extended.readUInt16BE(0) : Number(extended.readBigUInt64BE(0));
      const payload = length === 0 ? Buffer.alloc(0) : await this.#connection.bytes(length, patience);
      if (payload === undefined) return;
      const kind = first & 0x0f;
      if (kind === opcodes.close) this.#onClose(payload);
      else if (kind === opcodes.ping) this.send(opcodes.pong, payload);
      else if (kind === opcodes.pong) this.pongs.push(payload.toString());
      else {
        if (kind !== 0) [opcode, parts] = [kind, []];
        parts.push(Buffer.from(payload));
        if ((first & 0x80) !== 0) this.#onWhole(opcode, Buffer.concat(parts));
      }
      this.#wake();
    }
  }

  #onWhole(opcode: number, message: Buffer): void {
    if (this.onMessage !== undefined) this.onMessage(opcode, message);
    else this.messages.push([opcode, message]);
  }

  #onClose(payload: Buffer): void {
    this.closed = {
      code: payload.length >= 2 ? payload.readUInt16BE(0) : null,
      reason: payload.subarray(2).toString(),
    };
    if (this.#closing) return;
    this.#closing = true;
    this.send(opcodes.close, payload.subarray(0, 2));
  }
}
