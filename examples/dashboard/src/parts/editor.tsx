import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import type { Schema, SchemaFinder, Schemas } from '../data/schema.js';
import { yamlPlace } from './yaml-path.js';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
  { tag: tags.comment, color: 'var(--muted)' },
]);

const base: Extension = [
  EditorView.cspNonce.of(nonce),
  lineNumbers(),
  drawSelection(),
  yaml(),
  indentUnit.of('  '),
  syntaxHighlighting(colours),
];

/** A text editor for YAML. Tab leaves it; Ctrl-] and Ctrl-[ indent. With schemas it completes and explains fields. */
export default function Editor({
  label,
  initial,
  onChange,
  schemas,
}: {
  label: string;
  /** The text to begin with. The editor keeps its own text after that; another `key` makes it begin again. */
  initial: string;
  /** Without it the text cannot be changed. */
  onChange?: ((text: string) => void) | undefined;
  schemas?: Schemas | undefined;
}) {
  const box = useRef<HTMLDivElement>(null);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => {
    if (box.current === null) return;
    const editable: Extension = [
      history(),
      indentOnInput(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      keymap.of([
        { key: 'Ctrl-]', run: indentMore },
        { key: 'Ctrl-[', run: indentLess },
        ...historyKeymap,
        ...searchKeymap,
        ...defaultKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) change.current?.(update.state.doc.toString());
      }),
      schemas === undefined ? [] : schemaHelp(schemas),
    ];
    const readOnly: Extension = [EditorState.readOnly.of(true), keymap.of([...searchKeymap, ...defaultKeymap])];
    const view = new EditorView({
      parent: box.current,
      doc: initial,
      extensions: [
        base,
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        onChange === undefined ? readOnly : editable,
      ],
    });
    return () => view.destroy();
  }, [onChange === undefined, schemas]);
  return <div class="editor" ref={box} />;
}

/** Shows what differs between two texts. */
export function Difference({ label, before, after }: { label: string; before: string; after: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current === null) return;
    const view = new EditorView({
      parent: box.current,
      doc: after,
      extensions: [
        base,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        unifiedMergeView({
          original: before,
          mergeControls: false,
          collapseUnchanged: { margin: 3, minSize: 6 },
        }),
      ],
    });
    return () => view.destroy();
  }, [label, before, after]);
  return <div class="editor difference" ref={box} />;
}

function schemaHelp(schemas: Schemas): Extension {
  const finderFor = async (text: string): Promise<SchemaFinder | undefined> => {
    const [, apiVersion = ''] = /^apiVersion: *["']?([\w./-]+)/m.exec(text) ?? [];
    const [, kind = ''] = /^kind: *["']?(\w+)/m.exec(text) ?? [];
    return apiVersion === '' || kind === '' ? undefined : schemas.of(apiVersion, kind).catch(() => undefined);
  };
  return [
    autocompletion({ override: [(context) => complete(context, finderFor)], icons: false }),
    hoverTooltip(async (view, position) => {
      const text = view.state.doc.toString();
      const { parents, key } = yamlPlace(text, position);
      if (key === undefined) return null;
      const line = view.state.doc.lineAt(position);
      const pos = line.from + line.text.indexOf(key);
      const end = pos + key.length;
      if (position < pos || position > end) return null;
      const schema = (await finderFor(text))?.([...parents, key]);
      return schema === undefined ? null : { pos, end, above: true, create: () => ({ dom: describe(key, schema) }) };
    }),
  ];
}

async function complete(
  context: CompletionContext,
  finderFor: (text: string) => Promise<SchemaFinder | undefined>,
): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const place = yamlPlace(text, context.pos);
  const word = context.matchBefore(/[\w-]*$/);
  if (word === null || (word.from === word.to && !context.explicit)) return null;
  const find = await finderFor(text);
  if (find === undefined) return null;
  if (place.inValue) {
    const schema = find([...place.parents, place.key ?? '']);
    const values = schema?.enum ?? (schema?.type === 'boolean' ? [true, false] : []);
    return values.length === 0 ? null : { from: word.from, options: values.map((one) => ({ label: String(one) })) };
  }
  const properties = find(place.parents)?.properties ?? {};
  return {
    from: word.from,
    validFor: /^[\w-]*$/,
    options: Object.entries(properties).map(([name, field]) => ({
      label: name,
      detail: typeName(field),
      apply: `${name}: `,
      info: () => describe(name, field),
    })),
  };
}

function typeName({ type, format, $ref, allOf, items }: Schema): string {
  if (type === 'array') return `list of ${items?.type ?? 'object'}`;
  return format ?? type ?? (($ref ?? allOf) ? 'object' : '');
}

function describe(name: string, schema: Schema): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'schema-help';
  const title = document.createElement('strong');
  title.textContent = name;
  const type = document.createElement('span');
  type.textContent = ` ${typeName(schema)}`;
  const text = document.createElement('p');
  text.textContent = schema.description ?? '';
  dom.append(title, type, text);
  return dom;
}
