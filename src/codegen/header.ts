/** The first lines of every generated module. Files of an output folder that begin so may be replaced or removed. */
export const HEADER = '// Made by `keelson generate`. Changes made here are lost.\n\n';
