/** What every generated module begins with. A file in an output folder that begins so may be replaced or removed. */
export const HEADER = '// Made by `keelson generate`. Changes made here are lost.\n\n';
