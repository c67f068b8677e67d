import { signal } from '@preact/signals';
import { messageOf } from '../data/api.js';
import { Icon } from './icons.js';

interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
}

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** Shows a short message. One that reports an error stays until it is closed. */
export function toast(text: string, tone: Toast['tone'] = 'ok'): void {
  const id = ++lastId;
  toasts.value = [...toasts.value, { id, tone, text }].slice(-4);
  if (tone === 'ok') setTimeout(() => close(id), 5000);
}

/** Runs an action, and reports how it went. Returns false when it failed. */
export async function attempt(what: string, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    toast(`${what}: done`);
    return true;
  } catch (error) {
    toast(`${what}: ${messageOf(error)}`, 'bad');
    return false;
  }
}

function close(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" aria-live="polite" role="status">
      {toasts.value.map(({ id, tone, text }) => (
        <div key={id} class={`toast ${tone}`}>
          <span>{text}</span>
          <button type="button" class="icon-button" aria-label="Close message" onClick={() => close(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
