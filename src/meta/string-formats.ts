import { isIPv4 } from 'node:net';
import { ipVersion } from '../util/ip-address.js';
import { entryOf } from '../util/json-fields.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from './index.js';

const uuid = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');
const anyUuid = uuid('[0-9a-f]{4}');
const uuid3 = uuid('3[0-9a-f]{3}');
const uuid4 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const uuid5 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const email = /^(?:[^<>\s@"]+|"[^"]*")@[^<>\s@]+$|^[^<>]*<[^<>\s@]+@[^<>\s@]+>$/;
const mac =
  /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2})?[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4}$/i;
const card =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const octet = '(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])';
const rgb = new RegExp(`^rgb\\(\\s*${octet}\\s*,\\s*${octet}\\s*,\\s*${octet}\\s*\\)$`);
const goDuration = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** Formats that a string is checked against, by name without dashes. */
const checks: { readonly [format: string]: (text: string) => boolean } = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: (text) => /^\//.test(text) || URL.canParse(text),
  email: (text) => email.test(text),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: (text) => ipVersion(text) === 6,
  cidr: isCidr,
  mac: (text) => mac.test(text),
  uuid: (text) => anyUuid.test(text),
  uuid3: (text) => uuid3.test(text),
  uuid4: (text) => uuid4.test(text),
  uuid5: (text) => uuid5.test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (text) => isCard(text.replace(/[^0-9]+/g, '')),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => rgb.test(text),
  byte: (text) => base64.test(text.replace(/[\r\n]/g, '')),
  password: () => true,
  date: isDate,
  duration: (text) => goDuration.test(text) || isWordyDuration(text),
  datetime: isDateTime,
  k8sshortname: (text) => dns1123LabelProblems(text).length === 0,
  k8slongname: (text) => dns1123SubdomainProblems(text).length === 0,
};

const numberFormats: { readonly [type: string]: readonly string[] } = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** Reports whether the server checks a format on a type. It ignores other formats. */
export function hasFormat(format: string | undefined, type: string | undefined): boolean {
  if (format === undefined || format === '') return false;
  if (type === undefined || type === '' || type === 'string') return Object.hasOwn(checks, plain(format));
  return entryOf(numberFormats, type)?.includes(format) === true;
}

/** Reports whether strings are checked against a format, or, with `text`, whether the text matches it. */
export function checksFormat(format: string, text?: string): boolean {
  const name = plain(format);
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
  return check !== undefined && (text === undefined || check(text));
}

function plain(format: string): string {
  return format.replaceAll('-', '');
}

const loneLabel = /^[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?$/u;
const innerLabel = /^[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?$/u;
const lastLabel = /^[a-zA-Z\p{L}]{2,63}$/u;

/** A name without dots may have one hyphen, after its first character. The last label of other names has letters only. */
function isHostname(text: string): boolean {
  const labels = text.split('.');
  const last = labels.pop() ?? '';
  if (Buffer.byteLength(text) > 255 || [...labels, last].some((label) => Buffer.byteLength(label) > 63)) return false;
  if (labels.length === 0) return loneLabel.test(last);
  return labels.every((label) => innerLabel.test(label)) && lastLabel.test(last);
}

const shortUnits = new Set(['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']);
const longUnits = /^(?:nano|micro|milli|sec|min|hour|day|week)/;

/** Durations in words, such as `3 days`: one pair of a number and a known unit is enough, wherever it stands. */
function isWordyDuration(text: string): boolean {
  const units = [...text.matchAll(/(?<!\d)(\d+)[\t\n\f\r ]*([A-Za-zµ]+)/g)];
  if (units.some(([, number = '']) => BigInt(number.replace(/^0+/, '0').slice(0, 21)) >= 2n ** 63n)) return false;
  return units.some(([, , word = '']) => shortUnits.has(word.toLowerCase()) || longUnits.test(word.toLowerCase()));
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  const version = ipVersion(address);
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/.exec(time);
  if (match === null || !isDate(date)) return false;
  const [, hours = '', minutes = '', seconds = ''] = match;
  return hours <= '23' && minutes <= '59' && seconds <= '59';
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, i) => total + (digit === 'X' ? 10 : Number(digit)) * (i + 1), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^[0-9]{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function isCard(digits: string): boolean {
  if (!card.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
