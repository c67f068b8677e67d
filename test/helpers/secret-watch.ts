import { Buffer } from 'node:buffer';

/** Where something was seen: `error`, `console`, `warning`, `inspect`, `event`. */
export interface Leak {
  readonly where: string;
  /** Which secret, without saying it. */
  readonly secret: string;
  /** The text around it, the secret taken out. */
  readonly text: string;
}

/** Shorter ones stand in texts by chance. */
const SHORTEST = 6;
/** Private keys are secret wherever they come from: as PEM, also as `inspect` breaks it into lines, and as base64 of it (PKCS #8, EC, RSA, encrypted). */
const KEYS = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\\n'"+]*[A-Za-z0-9/]{16}/,
  /LS0tLS1CRUdJTi(?:BQUklWQVRFIEtFW|BFQyBQUklWQVRF|BSU0EgUFJJVkFURSBLRV|BFTkNSWVBURUQgUFJJVkFURSBLRV)/,
];

/** Knows the secrets that are in use, and finds them in texts. */
export class SecretWatch {
  /** The name of each secret, by its value. */
  readonly #secrets = new Map<string, string>();
  readonly leaks: Leak[] = [];
  /** The number of searched texts. */
  searched = 0;

  /** Takes a value for a secret from now on, in the forms in which it travels. */
  add(value: string, what: string): void {
    if (value.length < SHORTEST) return;
    this.#secrets.set(value, what);
    if (/[^A-Za-z0-9._~-]/.test(value)) this.#secrets.set(encodeURIComponent(value), what);
  }

  /** The secrets of a request: what its authorization shows, and what the form in its body gives away. */
  request(headers: readonly (readonly [string, string])[], body: string): void {
    for (const [name, value] of headers) {
      if (!/^(proxy-)?authorization$/i.test(name)) continue;
      const [, scheme = '', credential = ''] = /^(\w+)\s+(.*)$/.exec(value) ?? [];
      this.add(credential, `the ${scheme} credential of a request`);
      if (!/^basic$/i.test(scheme)) continue;
      const login = Buffer.from(credential, 'base64').toString('utf8');
      this.add(login.slice(login.indexOf(':') + 1), 'the password of a request');
    }
    if (!/\bgrant_type=/.test(body)) return;
    for (const [name, value] of new URLSearchParams(body)) {
      if (/token|secret|password/.test(name)) this.add(value, `the ${name} of a token request`);
    }
  }

  /** Reports whether a text contains a secret, without recording it. */
  mentioned(text: string): boolean {
    return [...this.#secrets.keys()].some((value) => text.includes(value)) || KEYS.some((key) => key.test(text));
  }

  /** Looks for every secret in a text, and notes what it finds. */
  search(where: string, text: string): void {
    this.searched++;
    for (const [value, what] of this.#secrets) {
      const at = text.indexOf(value);
      if (at >= 0) this.#found(where, what, text, at, value.length);
    }
    for (const key of KEYS) {
      const match = key.exec(text);
      if (match !== null) this.#found(where, 'a private key', text, match.index, text.length);
    }
  }

  #found(where: string, secret: string, text: string, at: number, length: number): void {
    const around = `${text.slice(Math.max(0, at - 80), at)}[here]${text.slice(at + length, at + length + 40)}`;
    this.leaks.push({ where, secret, text: around.replace(/\s+/g, ' ') });
  }
}
