import { useState } from 'preact/hooks';
import { parse, stringify } from 'yaml';
import { createObject, getObject, replaceObject, toYaml } from '../data/actions.js';
import { messageOf } from '../data/api.js';
import { apiVersionOf, type Kind } from '../data/kinds.js';
import type { KubeObject } from '../data/objects.js';
import { groupOf } from '../data/owner-tree.js';
import { Loading, Notice } from '../parts/basics.js';
import { useLoaded } from '../parts/hooks.js';
import { Difference, Editor } from '../parts/lazy.js';
import { toast } from '../parts/toasts.js';
import { detailHref, go, namespace, parameter, setParameters } from '../router.js';
import { api, context, kinds, schemas } from '../state.js';
import type { FormValues } from './forms/form.js';
import { FormView, problemsOf } from './forms/form-view.js';
import { formOf, forms } from './forms/index.js';

/** Creates an object, or changes one whose name is in the address. */
export function CreatePage() {
  const [plural = '', group = ''] = splitOnce(parameter('kind') ?? 'deployments.apps');
  const kind = kinds.value.find((one) => one.plural === plural && one.group === group);
  const name = parameter('name');
  const inNamespace = parameter('in') || undefined;
  const key = `${context.value}/${plural}.${group}/${inNamespace ?? ''}/${name ?? ''}`;
  const { value, error } = useLoaded<KubeObject | 'new'>(key, async (signal) =>
    name === undefined || kind === undefined
      ? 'new'
      : getObject(api.value, { kind, namespace: inNamespace, name }, signal),
  );
  if (kind === undefined) return <Notice tone="warn" title={`The cluster does not serve ${plural}`} />;
  if (error !== '')
    return (
      <Notice tone="bad" title={`Cannot read ${name}`}>
        {error}
      </Notice>
    );
  if (value === undefined) return <Loading />;
  return <Writer key={key} kind={kind} original={value === 'new' ? undefined : value} />;
}

function Writer({ kind, original }: { kind: Kind; original: KubeObject | undefined }) {
  const form = formOf(kind);
  const isNew = original === undefined;
  const start: KubeObject = original ?? {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: '', ...(kind.namespaced ? { namespace: namespace.value ?? 'default' } : {}) },
  };
  const [values, setValues] = useState<FormValues>(() => ({
    ...form?.initial,
    ...(isNew ? { namespace: namespace.value ?? 'default' } : form?.read(start)),
  }));
  const [text, setText] = useState(() => (isNew ? stringify(start) : toYaml(start)));
  const [asYaml, setAsYaml] = useState(form === undefined);
  const [isChecked, setChecked] = useState(false);
  const [review, setReview] = useState<string>();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const problems = form === undefined || asYaml ? {} : problemsOf(form, values);
  const object = (): KubeObject =>
    asYaml || form === undefined ? (parse(text) as KubeObject) : form.write(values, start);
  const kindIn = (written: KubeObject): Kind => {
    const found = kinds.value.find((one) => one.kind === written.kind && one.group === groupOf(written.apiVersion));
    if (found === undefined)
      throw new Error(
        `the cluster does not serve ${written.kind ?? 'objects without a kind'} ${written.apiVersion ?? ''}`,
      );
    return found;
  };
  const send = async (dryRun: boolean) => {
    setChecked(true);
    if (Object.keys(problems).length > 0) return;
    setBusy(true);
    setError('');
    try {
      const written = object();
      const writtenKind = kindIn(written);
      const ref = { kind: writtenKind, namespace: written.metadata.namespace, name: written.metadata.name };
      const stored = isNew
        ? await createObject(api.value, writtenKind, written, dryRun)
        : await replaceObject(api.value, ref, written, dryRun);
      if (dryRun) {
        setReview(toYaml(stored));
        return;
      }
      toast(`${isNew ? 'Created' : 'Saved'} ${stored.metadata.name}`);
      go(detailHref(context.value, writtenKind, stored.metadata.namespace, stored.metadata.name));
    } catch (failure) {
      setError(messageOf(failure));
      setReview(undefined);
    } finally {
      setBusy(false);
    }
  };
  const toggle = () => {
    if (form === undefined) return;
    try {
      if (asYaml) setValues(form.read(parse(text) as KubeObject));
      else setText(toYaml(form.write(values, start)));
      setAsYaml(!asYaml);
      setError('');
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return (
    <>
      <header class="page-head">
        <h1>{isNew ? `New ${kind.kind}` : `Edit ${original.metadata.name}`}</h1>
      </header>
      <div class="toolbar">
        {isNew && <KindSelect kind={kind} />}
        {form !== undefined && review === undefined && (
          <button type="button" class="button" onClick={toggle}>
            {asYaml ? 'As a form' : 'As YAML'}
          </button>
        )}
      </div>
      {error !== '' && (
        <Notice tone="bad" title="The server refused this">
          {error}
        </Notice>
      )}
      {review !== undefined ? (
        <>
          <p class="hint">
            The server checked this and stored nothing yet. This is what would be stored, with its defaults.
          </p>
          <Difference label="Difference" before={isNew ? '' : toYaml(start)} after={review} />
        </>
      ) : asYaml || form === undefined ? (
        <Editor label={`YAML of a new ${kind.kind}`} initial={text} onChange={setText} schemas={schemas.value} />
      ) : (
        <section class="card" aria-label={`Fields of the ${kind.kind}`}>
          <FormView
            form={form}
            values={values}
            problems={isChecked ? problems : {}}
            isNew={isNew}
            onChange={setValues}
          />
        </section>
      )}
      <div class="form-actions">
        {review !== undefined && (
          <button type="button" class="button" onClick={() => setReview(undefined)}>
            Back
          </button>
        )}
        {review === undefined && (
          <button type="button" class="button" disabled={isBusy} onClick={() => void send(true)}>
            Review
          </button>
        )}
        <button type="button" class="button primary" disabled={isBusy} onClick={() => void send(false)}>
          {isNew ? 'Create' : 'Save'}
        </button>
      </div>
    </>
  );
}

function KindSelect({ kind }: { kind: Kind }) {
  const others = kinds.value
    .filter((one) => one.verbs.includes('create') && formOf(one) === undefined)
    .sort((a, b) => a.kind.localeCompare(b.kind));
  return (
    <label class="inline-field">
      <span>Kind</span>
      <select
        value={`${kind.plural}.${kind.group}`}
        onChange={(event) => setParameters({ kind: event.currentTarget.value }, false)}
      >
        <optgroup label="With a form">
          {forms.flatMap((form) => {
            const found = kinds.value.find((one) => one.kind === form.kind && one.group === form.group);
            return found === undefined ? [] : [<KindOption key={form.kind} kind={found} />];
          })}
        </optgroup>
        <optgroup label="As YAML">
          {others.map((one) => (
            <KindOption key={`${one.plural}.${one.group}`} kind={one} />
          ))}
        </optgroup>
      </select>
    </label>
  );
}

function KindOption({ kind }: { kind: Kind }) {
  return (
    <option value={`${kind.plural}.${kind.group}`}>
      {kind.kind}
      {kind.group === '' || formOf(kind) !== undefined ? '' : ` (${kind.group})`}
    </option>
  );
}

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}
