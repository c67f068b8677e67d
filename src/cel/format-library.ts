import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  maskTrailingDash,
  qualifiedNameProblems,
} from '../meta/index.js';
import { checksFormat } from '../meta/string-formats.js';
import type { Functions } from './functions.js';
import { types } from './types.js';
import { uriProblem } from './url-library.js';
import { CelOpaque, CelOptional } from './values.js';

/** A format that texts can be checked against. */
export class CelFormat extends CelOpaque {
  readonly type = types.format;

  constructor(
    readonly name: string,
    /** The cost of the check, as the length of a regular expression. */
    readonly patternLength: number,
    readonly problems: (text: string) => readonly string[],
  ) {
    super();
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelFormat && other.name === this.name;
  }
}

const prefixed = (check: (text: string) => string[]) => (text: string) => check(maskTrailingDash(text));
const schemaFormat = (format: string, why: string) => (text: string) => (checksFormat(format, text) ? [] : [why]);

const dateTimePattern = 71;

/** The formats there are, by name. Lengths are those that kube-apiserver reckons with. */
const formats: { readonly [name: string]: CelFormat } = {
  dns1123Label: new CelFormat('DNS1123Label', 30, dns1123LabelProblems),
  dns1123Subdomain: new CelFormat('DNS1123Subdomain', 60, dns1123SubdomainProblems),
  dns1035Label: new CelFormat('DNS1035Label', 30, dns1035LabelProblems),
  qualifiedName: new CelFormat('QualifiedName', 60, qualifiedNameProblems),
  dns1123LabelPrefix: new CelFormat('DNS1123LabelPrefix', 30, prefixed(dns1123LabelProblems)),
  dns1123SubdomainPrefix: new CelFormat('DNS1123SubdomainPrefix', 60, prefixed(dns1123SubdomainProblems)),
  dns1035LabelPrefix: new CelFormat('DNS1035LabelPrefix', 30, prefixed(dns1035LabelProblems)),
  labelValue: new CelFormat('LabelValue', 40, labelValueProblems),
  uri: new CelFormat('URI', 1_103, (text) => {
    const problem = uriProblem(text);
    return problem === undefined ? [] : [problem];
  }),
  uuid: new CelFormat('uuid', 70, schemaFormat('uuid', 'does not match the UUID format')),
  byte: new CelFormat('byte', 84, schemaFormat('byte', 'invalid base64')),
  date: new CelFormat('date', dateTimePattern, schemaFormat('date', 'invalid date')),
  datetime: new CelFormat('datetime', dateTimePattern, schemaFormat('datetime', 'invalid datetime')),
};

/** Formats with names (https://kubernetes.io/docs/reference/using-api/cel/). */
export function formatLibrary(functions: Functions): void {
  functions
    .add(
      'validate',
      'format-validate',
      'format.(string): optional(list(string))',
      ({ problems }: CelFormat, text: string) => {
        const found = problems(text);
        return found.length === 0 ? CelOptional.none : new CelOptional([...found]);
      },
    )
    .add(
      'format.named',
      'format-named',
      '(string): optional(format)',
      (name: string) => new CelOptional(Object.hasOwn(formats, name) ? formats[name] : undefined),
    );
  for (const [name, format] of Object.entries(formats)) {
    functions.add(`format.${name}`, `format.${name}`, '(): format', () => format);
  }
}
