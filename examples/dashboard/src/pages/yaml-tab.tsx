import { useMemo, useState } from 'preact/hooks';
import { parse } from 'yaml';
import { replaceObject, toYaml } from '../data/actions.js';
import { ApiFailure, messageOf } from '../data/api.js';
import type { Kind } from '../data/kinds.js';
import type { KubeObject } from '../data/objects.js';
import { Notice } from '../parts/basics.js';
import { Difference, Editor } from '../parts/lazy.js';
import { toast } from '../parts/toasts.js';
import { api, schemas } from '../state.js';

/** The object as YAML, to read and to change. */
export function YamlTab({ kind, object }: { kind: Kind; object: KubeObject }) {
  const [base, setBase] = useState(object);
  const [text, setText] = useState(() => toYaml(object));
  const [review, setReview] = useState<{ readonly before: string; readonly after: string }>();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [generation, setGeneration] = useState(0);
  const original = useMemo(() => toYaml(base), [base]);
  const isChanged = text !== original;
  const isStale = object.metadata.resourceVersion !== base.metadata.resourceVersion;
  const ref = { kind, namespace: base.metadata.namespace, name: base.metadata.name };
  const reset = (to: KubeObject) => {
    setBase(to);
    setGeneration(generation + 1);
    setText(toYaml(to));
    setReview(undefined);
    setError('');
  };
  const send = async (dryRun: boolean) => {
    setBusy(true);
    setError('');
    try {
      const written = parse(text) as KubeObject;
      const stored = await replaceObject(api.value, ref, written, dryRun);
      if (dryRun) setReview({ before: original, after: toYaml(stored) });
      else {
        toast(`Saved ${ref.name}`);
        reset(stored);
      }
    } catch (failure) {
      const isConflict = failure instanceof ApiFailure && failure.reason === 'Conflict';
      setError(isConflict ? `${failure.message} Reload to begin from the present object.` : messageOf(failure));
      setReview(undefined);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div class="toolbar">
        {review === undefined ? (
          <button type="button" class="button primary" disabled={!isChanged || isBusy} onClick={() => void send(true)}>
            Review changes
          </button>
        ) : (
          <>
            <button type="button" class="button primary" disabled={isBusy} onClick={() => void send(false)}>
              Save
            </button>
            <button type="button" class="button" onClick={() => setReview(undefined)}>
              Back to the editor
            </button>
          </>
        )}
        {(isChanged || isStale) && review === undefined && (
          <button type="button" class="button" onClick={() => reset(object)}>
            {isStale ? 'Reload' : 'Undo changes'}
          </button>
        )}
        {isStale && <span class="muted">The object was changed meanwhile.</span>}
      </div>
      {error !== '' && (
        <Notice tone="bad" title="The server refused this">
          {error}
        </Notice>
      )}
      {review === undefined ? (
        <Editor
          label={`YAML of ${ref.name}`}
          key={generation}
          initial={text}
          onChange={setText}
          schemas={schemas.value}
        />
      ) : (
        <>
          <p class="hint">The server checked the change and stored nothing yet. This is what would be stored.</p>
          <Difference label="Difference" before={review.before} after={review.after} />
        </>
      )}
    </>
  );
}
