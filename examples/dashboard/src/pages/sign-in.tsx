import { useState } from 'preact/hooks';
import { messageOf, request } from '../data/api.js';
import { Field } from '../parts/basics.js';
import { loadContexts } from '../state.js';

export function SignIn() {
  const [code, setCode] = useState('');
  const [error, setError] = useState<string>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await request('/session', { method: 'POST', body: code, type: 'text/plain' });
      await loadContexts();
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>Keelson</h1>
        <p class="muted">Enter the sign-in code that the terminal shows. It works once.</p>
        <Field label="Sign-in code" error={error}>
          {(attributes) => (
            <input
              {...attributes}
              class="code-input"
              value={code}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              placeholder="ABCDE-23456"
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button primary" disabled={code.trim() === ''}>
          Sign in
        </button>
      </form>
    </main>
  );
}
