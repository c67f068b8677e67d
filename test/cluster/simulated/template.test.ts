import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blockText } from '../../../src/cluster/simulated/block-text.js';
import { parsePlainYaml } from '../../../src/cluster/simulated/block-yaml.js';
import { Template } from '../../../src/cluster/simulated/template/template.js';

const render = (text: string, data: unknown = {}) => new Template(text).render(data);

describe('a template', () => {
  it.each([
    ['a {{ .b }} c', { b: 1 }, 'a 1 c'],
    ['{{ .missing }}', {}, '<no value>'],
    ['{{ .a.b.c }}', { a: { b: { c: 'x' } } }, 'x'],
    ['{{ $x := .a }}{{ $x.b }}{{ $.a.b }}', { a: { b: 2 } }, '22'],
    ['{{ if .a }}yes{{ else }}no{{ end }}', { a: '' }, 'no'],
    ['{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}', { b: true }, '2'],
    ['{{ range .l }}<{{ . }}>{{ end }}', { l: ['a', 'b'] }, '<a><b>'],
    ['{{ range $i, $x := .l }}{{ $i }}{{ $x }}{{ end }}', { l: ['a', 'b'] }, '0a1b'],
    ['{{ range .l }}x{{ else }}none{{ end }}', { l: [] }, 'none'],
    ['{{ with .a }}{{ .b }}{{ else }}-{{ end }}', { a: { b: 3 } }, '3'],
    ['{{ $f := false }}{{ range .l }}{{ $f = true }}{{ end }}{{ $f }}', { l: [1] }, 'true'],
    ['a  {{- .b -}}  c', { b: 'x' }, 'axc'],
    ['{{/* a remark */}}{{ "}}" }}', {}, '}}'],
    ['{{ or .a "d" | Quote }}', {}, '"d"'],
    ['{{ index .m "a-b" }}{{ index .l 1 }}', { m: { 'a-b': 1 }, l: [5, 6] }, '16'],
    ['{{ if and (eq .a "x") (not .b) }}t{{ end }}', { a: 'x' }, 't'],
    ['{{ printf "%s-%d" .a 7 }}', { a: 'x' }, 'x-7'],
    ['{{ or $.x `""` }}', {}, '""'],
  ])('%s', (text, data, result) => {
    expect(render(text, data)).toBe(result);
  });

  it.each(['{{ if .a }}', '{{ end }}', '{{ nothing }}', '{{ .a', '{{ .a | }}', '{{ $x }}'])('%s is refused', (text) => {
    expect(() => render(text)).toThrow(/template/);
  });

  it('reads nothing from prototypes', () => {
    expect(render('{{ .constructor }}{{ index . "__proto__" }}')).toBe('<no value><no value>');
  });
});

describe('the quick YAML parser', () => {
  it.each([
    'a: 1\nb: "x: y"\nc:\n  d: true\n  e: null\n',
    'l:\n- a: 1\n  b: 2\n- a: 3\nend: x\n',
    'l:\n  - 1\n  - two\n',
    'a:\nb: 1\n',
    '\n\n  a: 1\n\n  b:\n    c: "2026-01-01T00:00:00Z"\n',
    '- type: Ready\n  state:\n    running:\n      startedAt: "x"\n- type: Other\n',
  ])('reads %j as a complete parser does', (text) => {
    expect(parsePlainYaml(text)).toEqual(parse(text));
  });

  it.each([
    'a: [1]',
    'a: |\n  x',
    "a: 'x'",
    'a: 012',
    'a: yes',
    'a: 1 # no',
    'a: &x 1',
    'a: 1\na: 2',
    'a: b c',
    ' a: 1\nb: 2',
  ])('leaves %j to it', (text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });

  it('reads what is written as block text', () => {
    const value = { a: { 'example.com/b': ['x', { c: 1, d: [{ e: '' }] }] }, f: [], g: {}, h: null, i: 'yes' };
    expect(parse(`v:\n${blockText(value, 2)}`)).toEqual({ v: value });
    expect(parsePlainYaml(`v:\n${blockText({ cpu: '32', l: [{ a: '1' }] }, 2)}`)).toEqual({
      v: { cpu: '32', l: [{ a: '1' }] },
    });
  });
});
