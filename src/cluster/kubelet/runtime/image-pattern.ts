const DEFAULT_REGISTRY = 'docker.io/';
const DEFAULT_REPOSITORY = 'library/';

/**
 * Tells whether a pattern fits an image. `*` stands for any text. A pattern without a tag fits every tag, and one without a
 * registry fits the image in every registry.
 */
export function matchesImage(pattern: string, image: string): boolean {
  const { name, version } = splitImage(image);
  const wanted = splitImage(pattern);
  if (wanted.version !== undefined && !matchesText(wanted.version, version ?? 'latest')) return false;
  const names = [
    name,
    withoutDefaults(name),
    ...(wanted.name.includes('/') ? [] : [name.slice(name.lastIndexOf('/') + 1)]),
  ];
  return names.some((one) => matchesText(wanted.name, one));
}

/** Splits an image into its name and its tag or digest. */
function splitImage(image: string): { name: string; version: string | undefined } {
  const at = image.indexOf('@');
  if (at >= 0) return { name: image.slice(0, at), version: image.slice(at + 1) };
  const colon = image.indexOf(':', image.lastIndexOf('/') + 1);
  if (colon < 0) return { name: image, version: undefined };
  return { name: image.slice(0, colon), version: image.slice(colon + 1) };
}

function withoutDefaults(name: string): string {
  const local = name.startsWith(DEFAULT_REGISTRY) ? name.slice(DEFAULT_REGISTRY.length) : name;
  return local.startsWith(DEFAULT_REPOSITORY) ? local.slice(DEFAULT_REPOSITORY.length) : local;
}

/** Matches text against a pattern with `*`, in linear time for each star. */
function matchesText(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const tail = rest.pop() ?? '';
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  let at = head.length;
  const end = text.length - tail.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
