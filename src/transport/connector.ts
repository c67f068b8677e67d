import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ProxySettings } from '../config/proxy-settings.js';
import type { TlsSettings } from '../config/tls-settings.js';
import type { Clock } from '../util/clock.js';
import { ConnectError } from './connect-error.js';
import type { Deadlines } from './deadlines.js';
import { canReadInPlace, InPlaceReads } from './in-place-reads.js';
import { codeOf, describe } from './network-error.js';
import { SecureContexts } from './secure-contexts.js';

/** Where connections lead, and how. */
export interface ConnectorOptions {
  readonly server: string;
  readonly tls?: TlsSettings | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly deadlines: Pick<Deadlines, 'connectMs' | 'tlsMs'>;
  readonly clock: Clock;
  /** True: go through a tunnel even where the proxy would forward, because upgrades need one. */
  readonly tunnel?: boolean | undefined;
}

/**
 * After so long without a byte the system asks the other end whether it is still there (then every second, ten times): a peer that
 * vanished without a word is noticed within 40 s, and load balancers that forget silent connections after minutes are kept awake.
 */
const tcpOptions = { keepAlive: true, keepAliveInitialDelay: 30_000, noDelay: true };

/** Makes connections to one server: TCP, through a proxy where there is one, TLS. Settings are read anew for each. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #url: URL;
  /** Connections that are being made: nobody else would end them. */
  readonly #pending = new Set<Socket>();
  readonly #contexts = new SecureContexts();
  #closed = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#url = new URL(options.server);
  }

  /** Reports whether requests go to the proxy itself, with the whole address in them, instead of through a tunnel. */
  static forwards(server: string, proxy: ProxySettings | undefined): boolean {
    return proxy !== undefined && proxy.protocol !== 'socks5' && new URL(server).protocol === 'http:';
  }

  /**
   * Makes a connection. undici asks for one even when the request it was for has been aborted: when it is not `needed`, at the beginning
   * or when it stands, it is not kept. What comes on a connection made `inPlace` is good only until its reader returns, see
   * `InPlaceReads`; one through a proxy is read as any other.
   */
  async connect(needed: () => boolean = () => true, inPlace = false): Promise<Socket> {
    if (!needed()) throw unneeded();
    const { tls, proxy, server, clock, tunnel = false } = this.#options;
    const secure = this.#url.protocol === 'https:';
    // Credential plugins may be asked for a certificate here; that has a deadline of its own.
    const tlsOptions = tls === undefined || !secure ? {} : await this.#contexts.with(await tls.connectOptions());
    const host = this.#url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = Number(this.#url.port || (secure ? 443 : 80));
    const reads = inPlace && proxy === undefined && canReadInPlace() ? new InPlaceReads(clock) : undefined;
    let socket: Socket | undefined;
    const keep = (next: Socket): Socket => {
      if (socket !== undefined) this.#pending.delete(socket);
      socket = next;
      this.#pending.add(next);
      // Between two steps nobody else listens, and an error without a listener ends the process.
      next.on('error', ignore);
      if (this.#closed) next.destroy();
      return next;
    };
    try {
      const { connectMs, tlsMs } = this.#options.deadlines;
      const reach = async () => {
        const to = { ...tcpOptions, ...reads?.options, host: proxy?.host ?? host, port: proxy?.port ?? port };
        // TLS that is put on a socket does not read in place: it has to make its own.
        const tls = secure && reads !== undefined ? await tlsSocket({ ...tlsOptions, ...to }) : undefined;
        const raw = keep(tls ?? connectTcp(to));
        reads?.serve(raw);
        if (proxy === undefined) return opened(raw, 'connect');
        const toProxy = await this.#toProxy(raw, proxy, keep);
        if (proxy.protocol === 'socks5') {
          await (await import('./socks5.js')).openSocks5(toProxy, proxy, host, port);
        } else if (tunnel || !Connector.forwards(server, proxy)) {
          await (await import('./http-tunnel.js')).openTunnel(toProxy, proxy, host, port);
        }
        return toProxy;
      };
      const reached = await within(clock, connectMs, 'no connection', reach(), () => socket?.destroy());
      const secureIt = async () => {
        const tls = reads === undefined ? keep(await tlsSocket({ ...tlsOptions, host, socket: reached })) : reached;
        return opened(tls, 'secureConnect');
      };
      const handshake = secure ? secureIt() : Promise.resolve(reached);
      const made = await within(clock, tlsMs, 'no TLS handshake', handshake, () => socket?.destroy());
      if (!needed()) throw unneeded();
      made.off('error', ignore);
      return made;
    } catch (error) {
      socket?.destroy();
      throw this.#closed ? new ConnectError('closed while connecting', 'ERR_CONNECT_CLOSED') : error;
    } finally {
      if (socket !== undefined) this.#pending.delete(socket);
    }
  }

  /** Ends connections that are still being made. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#pending) socket.destroy();
  }

  async #toProxy(raw: Socket, proxy: ProxySettings, keep: (socket: Socket) => Socket): Promise<Socket> {
    try {
      await opened(raw, 'connect');
      return proxy.protocol === 'https' ? await this.#tlsToProxy(raw, proxy, keep) : raw;
    } catch (error) {
      // Else whoever reads it looks for the fault at the server.
      const code = codeOf(error);
      throw new ConnectError(
        `the proxy ${proxy} cannot be reached: ${describe(code, error)}`,
        code ?? 'ERR_PROXY_REFUSED',
      );
    }
  }

  /** A proxy's certificate may come from a public authority or from the cluster's; the client's certificate is none of its business. */
  async #tlsToProxy(socket: Socket, proxy: ProxySettings, keep: (socket: Socket) => Socket): Promise<Socket> {
    const { rootCertificates } = await import('node:tls');
    const { ca, rejectUnauthorized } = (await this.#options.tls?.connectOptions()) ?? {};
    const tls = await tlsSocket({
      host: proxy.host,
      socket,
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    });
    return opened(keep(tls), 'secureConnect');
  }
}

/** TLS over a socket, or over one that it makes itself. */
async function tlsSocket(options: ConnectionOptions & { host: string }): Promise<Socket> {
  const { connect } = await import('node:tls');
  const servername = options.servername ?? (isIP(options.host) === 0 ? options.host : '');
  const { servername: _, ...rest } = options;
  // Without a name to send, the certificate is still checked against `host`.
  return connect({ ...rest, ...(servername === '' ? {} : { servername }), ALPNProtocols: ['http/1.1'] });
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const done = () => {
      socket.off(event, open);
      socket.off('error', fail);
      socket.off('close', gone);
    };
    const open = () => {
      done();
      resolve(socket);
    };
    const fail = (error: unknown) => {
      done();
      reject(error);
    };
    const gone = () => fail(Object.assign(new Error('closed before it was made'), { code: 'ECONNRESET' }));
    socket.on(event, open);
    socket.on('error', fail);
    socket.on('close', gone);
  });
}

/** Races one step against its deadline; `stop` makes the step fail, so that nothing of it is left. */
async function within<T>(clock: Clock, ms: number, what: string, step: Promise<T>, stop: () => void): Promise<T> {
  let late: ConnectError | undefined;
  const timer = clock.setTimer(ms, () => {
    late = new ConnectError(`${what} within ${ms} ms`, 'ERR_CONNECT_TIMEOUT', ms);
    stop();
  });
  try {
    return await step;
  } catch (error) {
    throw late ?? error;
  } finally {
    timer.cancel();
  }
}

function unneeded(): ConnectError {
  return new ConnectError('the request has been aborted', 'ERR_CONNECT_UNNEEDED');
}

/** Reports whether a connection was given up only because it was not needed any more. */
export function isUnneeded(error: unknown): boolean {
  return error instanceof ConnectError && error.code === 'ERR_CONNECT_UNNEEDED';
}

function ignore(): void {}
