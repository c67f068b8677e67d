/** The package's version. */
export const VERSION = '0.1.0';

/** `keelson/<version> (<system>/<processor>) node/<version>`, the form of kubectl's. The part before `/` is the default field manager. */
export function defaultUserAgent(): string {
  return `keelson/${VERSION} (${process.platform}/${process.arch}) node/${process.versions.node}`;
}
