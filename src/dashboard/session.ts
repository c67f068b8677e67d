import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** Without letters and digits that look alike. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 10;
/** Wrong codes until a new one replaces the code, so that it cannot be guessed. */
const MOST_WRONG_CODES = 10;
/** Sessions that are kept; the oldest ends when there are more. */
const MOST_SESSIONS = 32;

/** The sessions of a dashboard. A browser begins one with a code that works once. */
export class Sessions {
  readonly #cookieName: string;
  readonly #onCode: (code: string) => void;
  readonly #tokens = new Set<string>();
  #code = newCode();
  #wrong = 0;

  /** `onCode` receives each code after the first. `port` makes the cookie's name differ from that of another dashboard on this host. */
  constructor(port: number, onCode: (code: string) => void) {
    this.#cookieName = `keelson-${port}`;
    this.#onCode = onCode;
  }

  /** The code that begins the next session, such as `ABCDE-23456`. */
  get code(): string {
    return shown(this.#code);
  }

  /** Returns the `Set-Cookie` header of a new session, or undefined for a wrong code. */
  begin(code: string): string | undefined {
    if (!isEqual(code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''), this.#code)) {
      if (++this.#wrong >= MOST_WRONG_CODES) this.#renew();
      return undefined;
    }
    const token = randomBytes(32).toString('base64url');
    this.#tokens.add(token);
    const [oldest] = this.#tokens;
    if (this.#tokens.size > MOST_SESSIONS && oldest !== undefined) this.#tokens.delete(oldest);
    this.#renew();
    return `${this.#cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Reports whether a `Cookie` header carries a session. */
  has(cookies: string | undefined): boolean {
    const token = this.#tokenIn(cookies);
    return token !== undefined && this.#tokens.has(token);
  }

  /** Ends the session of a `Cookie` header. */
  end(cookies: string | undefined): void {
    const token = this.#tokenIn(cookies);
    if (token !== undefined) this.#tokens.delete(token);
  }

  #tokenIn(cookies: string | undefined): string | undefined {
    const pair = cookies?.split(/; */).find((one) => one.startsWith(`${this.#cookieName}=`));
    return pair?.slice(this.#cookieName.length + 1);
  }

  #renew(): void {
    this.#code = newCode();
    this.#wrong = 0;
    this.#onCode(this.code);
  }
}

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function shown(code: string): string {
  return `${code.slice(0, CODE_LENGTH / 2)}-${code.slice(CODE_LENGTH / 2)}`;
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
