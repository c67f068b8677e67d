import { text } from 'node:stream/consumers';
import { goQuote } from '../../../util/go-quote.js';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';

/** The verbosity from which on requests are logged, as klog has it. */
const REQUESTS = 4;
const MOST_LEVEL = 2 ** 32 - 1;

/** The verbosity of a kubelet's log, which `PUT /debug/flags/v` changes while it runs. */
export class Verbosity {
  readonly #log: (line: string) => void;
  #level: number;

  constructor(log: (line: string) => void, level: number) {
    this.#log = log;
    this.#level = level;
  }

  /** Logs a request, if the verbosity is high enough. */
  request({ method, path, request }: KubeletRequest): void {
    if (this.#level >= REQUESTS)
      this.#log(`"HTTP" verb="${method}" URI=${goQuote(path)} srcIP=${request.socket.remoteAddress}`);
  }

  /** Serves `/debug/flags/v`. */
  async serve({ method, request, answer }: KubeletRequest): Promise<void> {
    const headers = [['Content-Type', 'text/plain'] as const, ...goErrorHeaders];
    if (method !== 'PUT') {
      answer(406, 'unsupported http method\n', headers);
      return;
    }
    const body = await text(request);
    const level = Number(body);
    if (!/^\d{1,10}$/.test(body) || level > MOST_LEVEL) {
      answer(400, `strconv.ParseUint: parsing ${goQuote(body)}: invalid syntax\n`, headers);
      return;
    }
    this.#level = level;
    answer(200, `successfully set klog.logging.verbosity to ${body}\n`, headers);
  }
}
