/** Orders texts by their UTF-16 units, for `Array.sort`: the same on every machine, unlike `localeCompare`. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}
