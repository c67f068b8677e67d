/** The few forms of DER (X.690) that a certificate is made of. */

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) size.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length, ...size]), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return element(0x31, Buffer.concat(parts));
}

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // A set top bit would make the number negative.
  return element(0x02, (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.of(value ? 0xff : 0));
}

export function octetString(content: Uint8Array): Buffer {
  return element(0x04, content);
}

/** Bits, of which the last `unused` of the last byte do not count. */
export function bitString(content: Uint8Array, unused = 0): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(unused), content]));
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, 'utf8'));
}

/** `1.2.840.10045.2.1` and the like. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const septets = [part & 0x7f];
    for (let high = Math.floor(part / 128); high > 0; high = Math.floor(high / 128))
      septets.unshift(0x80 | (high & 0x7f));
    bytes.push(...septets);
  }
  return element(0x06, Buffer.from(bytes));
}

/** A time in UTC to the second: two-digit years up to 2049, four digits from then on (RFC 5280, 4.1.2.5). */
export function time(iso: string): Buffer {
  const digits = iso.replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return Number(iso.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(digits.slice(2), 'ascii'))
    : element(0x18, Buffer.from(digits, 'ascii'));
}

/** `[number]`, holding other elements (`constructed`) or bare content. */
export function tagged(number: number, content: Uint8Array, constructed: boolean): Buffer {
  return element((constructed ? 0xa0 : 0x80) | number, content);
}

/** The value that stands for none. */
export function nothing(): Buffer {
  return element(0x05, Buffer.alloc(0));
}

/** DER as text between lines that say what it is. */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
