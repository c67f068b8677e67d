import { systemClock } from '../../../src/util/clock.js';
import { headerOf, RawConnection, type ResponseHead } from './raw-connection.js';
import { type Outcome, packedBody, packedHeaders, type RecordedCase } from './recorded-case.js';
import { replaySpdyCommand, replaySpdyForward } from './replay-spdy.js';
import { replayWebSocket } from './replay-web-socket.js';

/** The server that recorded conversations are repeated with. */
export interface ReplayTarget {
  /** Its URL, with TLS. */
  readonly url: string;
  readonly tokens: { readonly admin: string; readonly jane: string };
  /** The names and addresses behind the placeholders of the recordings, such as `{NODE}`. */
  readonly placeholders: ReadonlyMap<string, string>;
}

/** An upgrade that was agreed to, or the answer to one that was not. */
export type Upgrade =
  | { readonly connection: RawConnection; readonly head: ResponseHead; readonly refused?: undefined }
  | { readonly refused: Outcome };

/** Repeats recorded conversations with a server. */
export class Replayer {
  readonly #target: ReplayTarget;
  readonly answerMs = 8_000;

  constructor(target: ReplayTarget) {
    this.#target = target;
  }

  async replay(recorded: RecordedCase): Promise<Outcome> {
    switch (recorded.kind) {
      case 'follow':
        return this.#follow(recorded);
      case 'ws':
        return replayWebSocket(this, recorded);
      case 'spdyExec':
        return replaySpdyCommand(this, recorded);
      case 'spdyPf':
        return replaySpdyForward(this, recorded);
      case 'rawUpgrade':
        return this.#rawUpgrade(recorded);
      default:
        return this.#http(recorded);
    }
  }

  /** Returns a text with placeholders for names, addresses and times. */
  normal(text: string): string {
    let shown = text;
    const byLength = [...this.#target.placeholders].sort(([, one], [, other]) => other.length - one.length);
    for (const [name, value] of byLength)
      if (!['{DIR}', '{KPORT}'].includes(name)) shown = shown.replaceAll(value, name);
    return shown
      .replaceAll(new URL(this.#target.url).host, '{SERVER}')
      .replace(/(?:\b\d+\.\d+\.\d+\.\d+|\{[A-Z:a-z]+\}):\d+->/g, '{LOCAL}->')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/g, '{TS9}')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (time) => (/^(2000|2001|2006|2100)/.test(time) ? time : '{TS}'))
      .replace(/("resourceVersion":\s?)"\d+"/g, '$1"{RV}"')
      .replace(/("uid":\s?)"[0-9a-f-]{36}"/g, '$1"{ANYUID}"');
  }

  readonly packedHeaders = (headers: ResponseHead['headers']): [string, string][] =>
    packedHeaders(headers, (text) => this.normal(text));

  /** Sends the head of an upgrade with these headers. */
  async upgrade(recorded: RecordedCase, headers: readonly (readonly [string, string])[]): Promise<Upgrade> {
    const connection = await RawConnection.open(this.#target.url);
    connection.write(this.#head(recorded, headers));
    const head = await connection.head(this.answerMs);
    if (head?.status === 101) return { connection, head };
    if (head === undefined) return { refused: { status: 0, note: 'no answer' } };
    const { body } = await connection.body(head, 'GET', 3_000);
    connection.socket.destroy();
    const refused = {
      status: head.status,
      headers: this.packedHeaders(head.headers),
      ...packedBody(body, (text) => this.normal(text)),
    };
    return { refused };
  }

  /** Returns the headers that ask for a WebSocket. */
  webSocketHeaders({ protocols = [], bearer }: RecordedCase): [string, string][] {
    const token = Buffer.from(this.#token(bearer) ?? '').toString('base64url');
    const offered = protocols.map((name) => name.replace('{TOKEN}', token)).join(', ');
    return [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ...(offered === '' ? [] : [['Sec-WebSocket-Protocol', offered] satisfies [string, string]]),
    ];
  }

  async #http(recorded: RecordedCase): Promise<Outcome> {
    const { method = 'GET', body, chunks, bodyBytes } = recorded;
    const connection = await RawConnection.open(this.#target.url);
    const framing: [string, string][] = [];
    if (chunks !== undefined) framing.push(['Transfer-Encoding', 'chunked']);
    else if (body !== undefined || bodyBytes !== undefined)
      framing.push(['Content-Length', String(bodyBytes ?? Buffer.byteLength(body ?? ''))]);
    connection.write(this.#head(recorded, framing));
    if (body !== undefined) connection.write(body);
    if (bodyBytes !== undefined) connection.write(Buffer.alloc(bodyBytes, 'y'));
    for (const chunk of chunks ?? []) connection.write(`${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`);
    if (chunks !== undefined) connection.write('0\r\n\r\n');
    const head = await connection.head(this.answerMs);
    if (head === undefined) {
      connection.socket.destroy();
      return { status: 0, note: 'no answer' };
    }
    const read = await connection.body(head, method, recorded.wait ?? this.answerMs);
    connection.socket.destroy();
    return {
      status: head.status,
      headers: this.packedHeaders(head.headers),
      ...packedBody(read.body, (text) => this.normal(text)),
      ...(read.complete ? {} : { complete: false }),
      ...(read.trailers.length === 0 ? {} : { trailers: read.trailers }),
      ...(recorded.streamed === true ? { streamed: read.spreadMs > 150 } : {}),
    };
  }

  /** Follows a log while a command in the pod writes a line to it. */
  async #follow(recorded: RecordedCase): Promise<Outcome> {
    const { line = '' } = recorded;
    const connection = await RawConnection.open(this.#target.url);
    connection.write(this.#head(recorded, []));
    const head = await connection.head(this.answerMs);
    if (head === undefined) return { status: 0, note: 'no answer' };
    let text = '';
    const whole = connection.body(head, 'GET', 4_000, (piece) => {
      text += piece.toString();
    });
    await pause(700);
    const before = text;
    const script = encodeURIComponent(`echo ${line} > /tmp/hs-fifo-$POD_UID`);
    const exec = `/api/v1/namespaces/hs/pods/follow/exec?stdout=1&command=sh&command=-c&command=${script}`;
    await replayWebSocket(this, { ...recorded, path: exec, protocols: ['v4.channel.k8s.io'] });
    for (let round = 0; round < 30 && !text.includes(line); round++) await pause(100);
    const stillOpen = !connection.ended;
    connection.socket.destroy();
    await whole;
    const headers = this.packedHeaders(head.headers);
    return { status: head.status, headers, before: this.normal(before), body: this.normal(text), stillOpen };
  }

  async #rawUpgrade(recorded: RecordedCase): Promise<Outcome> {
    const { upgrade = '', send = '', expectBytes = 0 } = recorded;
    const agreed = await this.upgrade(recorded, [
      ['Connection', 'Upgrade'],
      ['Upgrade', upgrade],
    ]);
    if (agreed.refused !== undefined) return agreed.refused;
    const { connection, head } = agreed;
    connection.write(send);
    const data = await connection.bytes(expectBytes, 3_000);
    connection.socket.destroy();
    return { status: 101, headers: this.packedHeaders(head.headers), data: this.normal(String(data)) };
  }

  #head(recorded: RecordedCase, extra: readonly (readonly [string, string])[]): string {
    const { url } = this.#target;
    const headers: [string, string][] = [
      ['Host', new URL(url).host],
      ['User-Agent', 'h-streams'],
      ['Accept', '*/*'],
    ];
    const token = this.#token(recorded.token);
    if (token !== undefined) headers.push(['Authorization', `Bearer ${token}`]);
    for (const [name, value] of [...extra, ...(recorded.headers ?? [])]) {
      const at = headers.findIndex(([one]) => one.toLowerCase() === name.toLowerCase());
      // The first four are replaced, others come once more.
      if (value === null) headers.splice(at, at < 0 ? 0 : 1);
      else if (at >= 0 && at < 4) headers[at] = [name, value];
      else headers.push([name, value]);
    }
    const lines = headers.map(([name, value]) => `${name}: ${this.#filled(value)}\r\n`);
    return `${recorded.method ?? 'GET'} ${this.#filled(recorded.path)} HTTP/1.1\r\n${lines.join('')}\r\n`;
  }

  #filled(text: string): string {
    let filled = text;
    for (const [name, value] of this.#target.placeholders) filled = filled.replaceAll(name, value);
    return filled;
  }

  #token(name: string | undefined): string | undefined {
    const { admin, jane } = this.#target.tokens;
    if (name === undefined || name === 'admin') return admin;
    if (name === 'none') return undefined;
    return name === 'jane' ? jane : name;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(ms, resolve));
}

/** Returns the subprotocol that the server chose, null for none. */
export function subprotocol(head: ResponseHead): string | null {
  return headerOf(head, 'sec-websocket-protocol') ?? null;
}
