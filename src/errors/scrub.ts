/**
 * Takes out of a text what looks like a credential: bearer and basic credentials, JSON web tokens, PEM blocks, passwords in
 * URLs. For texts a server wrote for people, which proxies and webhooks sometimes fill with what they were sent.
 */
export function scrub(text: string): string {
  return text
    .replace(/-----BEGIN [A-Z ]{1,40}-----[\s\S]*?(?:-----END [A-Z ]{1,40}-----|$)/g, '[redacted]')
    .replace(/\b(bearer)\s{1,8}(?!auth|token\b|cred|challenge)[\w.~+/=-]{6,}/gi, '$1 [redacted]')
    .replace(/\b(Basic|basic|Negotiate|negotiate)\s{1,8}(?=[a-z+/]{0,64}[0-9A-Z=])[\w+/=-]{6,}/g, '$1 [redacted]')
    .replace(/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '[redacted]')
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,256}@/gi, '$1[redacted]@');
}

/**
 * Takes the values out of what an API server says of an object: the value of each field that is wrong, which for a patch is the whole
 * object. For kinds whose values are secret.
 */
export function withoutValues(text: string): string {
  return text
    .replace(/(\b[A-Z][a-z]{1,20} value: )(?:"(?:[^"\\]|\\.)*(?:"|$)|[^:]*)/gs, '$1[redacted]')
    .replace(/\bgot &.*$/s, 'got [redacted]');
}

/** As `scrub`, and what stands after `password=`, `token:` and their like. For texts of unknown origin. */
function scrubUnknown(text: string): string {
  return scrub(text).replace(
    /((?:token|passw(?:or)?d|secret|api[_-]?key|authorization|cookie|credential|key-data)["']?\s{0,4}[=:]\s{0,4}["']?)[^\s"',;&<>]+/gi,
    '$1[redacted]',
  );
}

/**
 * A short piece of a text for a message: scrubbed, one line, without control characters (terminal escapes), at most
 * `maxLength` characters.
 */
export function excerpt(text: string, maxLength = 200): string {
  // Scrubbed before it is cut, so that a cut never leaves half a credential; bounded before it is scrubbed, for time.
  const clean = scrubUnknown(text.slice(0, 8192))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
