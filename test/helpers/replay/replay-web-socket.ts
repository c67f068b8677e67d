import { RawWebSocket } from './raw-web-socket.js';
import { type Outcome, type RecordedCase, type Step, sha256 } from './recorded-case.js';
import { pause, type Replayer, subprotocol } from './replayer.js';

const opcodes = { text: 1, binary: 2, ping: 9 } as const;

/** Repeats a conversation over a WebSocket, with channels or plain. */
export async function replayWebSocket(replayer: Replayer, recorded: RecordedCase): Promise<Outcome> {
  const agreed = await replayer.upgrade(recorded, replayer.webSocketHeaders(recorded));
  if (agreed.refused !== undefined) return agreed.refused;
  const { connection, head } = agreed;
  const protocol = subprotocol(head);
  const talk = new Conversation(new RawWebSocket(connection), recorded, protocol?.includes('base64') === true);
  for (const step of recorded.steps ?? [{ end: true }]) {
    if (step.destroy === true) connection.socket.destroy();
    else await talk.take(step, replayer.answerMs);
  }
  const result = await talk.result((text) => replayer.normal(text));
  connection.socket.destroy();
  return { status: 101, headers: replayer.packedHeaders(head.headers), subprotocol: protocol, ...result };
}

class Conversation {
  readonly #socket: RawWebSocket;
  readonly #recorded: RecordedCase;
  readonly #isBase64: boolean;
  readonly #channels = new Map<number, Buffer[]>();
  readonly #messages: string[] = [];
  readonly #types = new Set<string>();
  readonly #notes: string[] = [];

  constructor(socket: RawWebSocket, recorded: RecordedCase, isBase64: boolean) {
    this.#socket = socket;
    this.#recorded = recorded;
    this.#isBase64 = isBase64;
  }

  async take(step: Step, answerMs: number): Promise<void> {
    const socket = this.#socket;
    if (step.send !== undefined) this.#send(step.send, step.hex);
    else if (step.fill !== undefined) {
      const [channel, total, part] = step.fill;
      for (let sent = 0; sent < total; sent += part) {
        const data = Buffer.alloc(Math.min(part, total - sent), 'z');
        socket.send(opcodes.binary, Buffer.concat([Buffer.from([channel]), data]));
      }
    } else if (step.rawHex !== undefined) socket.send(step.op ?? opcodes.binary, Buffer.from(step.rawHex, 'hex'));
    else if (step.text !== undefined) socket.send(opcodes.text, Buffer.from(step.text));
    else if (step.ping !== undefined) {
      socket.send(opcodes.ping, Buffer.from(step.ping));
      const answered = await socket.until(() => socket.pongs.length > 0, 3_000);
      this.#notes.push(`pong:${answered ? socket.pongs.shift() : 'none'}`);
    } else if (step.wait !== undefined) await this.#wait(step.wait);
    else if (step.sleep !== undefined) await pause(step.sleep);
    else if (step.close !== undefined) {
      socket.close(step.close);
      await socket.until(() => socket.closed !== undefined, 3_000);
    } else if (step.end !== undefined) await this.#ended(step.end === true ? answerMs : step.end);
    else if (step.quiet !== undefined) {
      const ended = await this.#ended(step.quiet);
      this.#notes.push(ended ? 'ended' : `open after ${step.quiet} ms`);
    }
  }

  async result(normal: (text: string) => string): Promise<object> {
    const socket = this.#socket;
    await socket.until(() => socket.ended, socket.closed === undefined ? 10 : 500);
    this.#pull();
    const { plain, steps } = this.#recorded;
    const channels = [...this.#channels].map(([channel, pieces]) => [
      channel,
      this.#shown(channel, Buffer.concat(pieces), normal),
    ]);
    const shown = Object.fromEntries(channels);
    // A race decides whether a last Status arrives before the close.
    if (steps?.some(({ close }) => close !== undefined) === true) delete shown[3];
    return {
      frameType: [...this.#types].sort().join('+') || null,
      ...(plain === true ? { messages: this.#messages.map(normal) } : { channels: shown }),
      ...(this.#notes.length === 0 ? {} : { notes: this.#notes }),
      closed: socket.closed ?? (socket.ended ? 'eof' : 'open'),
    };
  }

  #shown(channel: number, data: Buffer, normal: (text: string) => string): object {
    if (channel === 3 && data[0] === 0x7b) return { json: JSON.parse(normal(data.toString())) };
    if (data.length > 4000) return { bytes: data.length, sha256: sha256(data) };
    const { binary } = this.#recorded;
    if (binary === 'port')
      return { port: data.length >= 2 ? data.readUInt16LE(0) : null, text: normal(data.subarray(2).toString()) };
    return binary === true ? { hex: data.toString('hex') } : { text: normal(data.toString()) };
  }

  #send([channel, text]: readonly [number, string], hex: string | undefined): void {
    const data = hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex');
    if (this.#isBase64) this.#socket.send(opcodes.text, Buffer.from(`${channel}${data.toString('base64')}`));
    else this.#socket.send(opcodes.binary, Buffer.concat([Buffer.from([channel]), data]));
  }

  async #wait([channel, wanted]: readonly [number, string | number]): Promise<void> {
    const came = await this.#socket.until(() => {
      this.#pull();
      if (typeof wanted === 'number') return this.#messages.length >= wanted;
      return Buffer.concat(this.#channels.get(channel) ?? [])
        .toString()
        .includes(wanted);
    }, 5_000);
    if (!came) this.#notes.push(`timeout waiting for ${JSON.stringify([channel, wanted])}`);
  }

  #ended(ms: number): Promise<boolean> {
    return this.#socket.until(() => {
      this.#pull();
      return this.#socket.closed !== undefined || this.#socket.ended;
    }, ms);
  }

  #pull(): void {
    for (const [opcode, message] of this.#socket.messages.splice(0)) {
      this.#types.add(opcode === opcodes.text ? 'text' : 'binary');
      if (this.#recorded.plain === true) this.#messages.push(message.toString());
      else if (message.length > 0) {
        const [first = 0] = message;
        const channel = this.#isBase64 ? first - 0x30 : first;
        const rest = message.subarray(1);
        const data = this.#isBase64 ? Buffer.from(rest.toString(), 'base64') : rest;
        this.#channels.set(channel, [...(this.#channels.get(channel) ?? []), data]);
      }
    }
  }
}
