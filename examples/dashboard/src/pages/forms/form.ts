import type { KubeObject } from '../../data/objects.js';

/** One input of a form. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'number' | 'choice' | 'lines';
  readonly hint?: string;
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** True: the server does not let it be changed once the object exists. */
  readonly fixed?: boolean;
  /** Returns what is wrong with a value, or undefined. */
  readonly check?: (value: string) => string | undefined;
}

/** The values of a form by the names of its fields. */
export interface FormValues {
  readonly [name: string]: string;
}

/** A form for one kind: it reads an object into values, and writes values into an object. Other fields stay as they are. */
export interface Form {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly fields: readonly FormField[];
  readonly initial: FormValues;
  read(object: KubeObject): FormValues;
  write(values: FormValues, object: KubeObject): KubeObject;
}

const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export function checkName(value: string): string | undefined {
  return namePattern.test(value) && value.length <= 253 ? undefined : 'Use lower case letters, digits, - and .';
}

export const metadataFields: readonly FormField[] = [
  { name: 'name', label: 'Name', type: 'text', required: true, fixed: true, check: checkName },
  { name: 'namespace', label: 'Namespace', type: 'text', required: true, fixed: true, check: checkName },
  {
    name: 'labels',
    label: 'Labels',
    type: 'lines',
    hint: 'One a line, such as app=web',
    check: checkPairs,
  },
];

export function checkPairs(value: string): string | undefined {
  const wrong = linesOf(value).find((line) => !/^[^=\s]+=\S*$/.test(line));
  return wrong === undefined ? undefined : `${wrong} is not of the form name=value`;
}

export function linesOf(value: string): string[] {
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

export function pairsOf(value: string): { [key: string]: string } {
  return Object.fromEntries(
    linesOf(value).map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

export function linesOfPairs(pairs: { readonly [key: string]: unknown }): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join('\n');
}

/** Writes name, namespace and labels into an object. */
export function withMetadata({ name = '', namespace = '', labels = '' }: FormValues, object: KubeObject): KubeObject {
  const pairs = pairsOf(labels);
  const { labels: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: { ...metadata, name, namespace, ...(Object.keys(pairs).length === 0 ? {} : { labels: pairs }) },
  };
}

/** Leaves out the keys whose value is undefined. */
export function defined(fields: { readonly [key: string]: unknown }): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
