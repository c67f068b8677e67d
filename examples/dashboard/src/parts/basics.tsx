import type { ComponentChildren } from 'preact';
import { useId } from './hooks.js';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'quiet';

const tones: { readonly [status: string]: Tone } = {
  Running: 'ok',
  Ready: 'ok',
  Active: 'ok',
  Bound: 'ok',
  Available: 'ok',
  Complete: 'ok',
  Completed: 'quiet',
  Succeeded: 'quiet',
  Normal: 'quiet',
  Pending: 'warn',
  ContainerCreating: 'warn',
  Terminating: 'warn',
  Warning: 'warn',
  Unknown: 'warn',
  'Ready,SchedulingDisabled': 'warn',
  Failed: 'bad',
  Error: 'bad',
  NotReady: 'bad',
  CrashLoopBackOff: 'bad',
  ImagePullBackOff: 'bad',
  ErrImagePull: 'bad',
  OOMKilled: 'bad',
  Evicted: 'bad',
};

/** Returns the tone of a status word. */
export function toneOf(status: string): Tone {
  const known = tones[status];
  if (known !== undefined) return known;
  return /error|fail|backoff|invalid|notready/i.test(status)
    ? 'bad'
    : /^(?:init|pod|wait)/i.test(status)
      ? 'warn'
      : 'info';
}

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A box with a title. */
export function Card({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}

export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> {label}…
    </div>
  );
}

/** A labelled input of a form. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ComponentChildren;
}) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class={error === undefined ? 'field' : 'field invalid'}>
      <label for={id}>{label}</label>
      {children({
        id,
        ...(note === undefined ? {} : { 'aria-describedby': `${id}-note` }),
        ...(error === undefined ? {} : { 'aria-invalid': true }),
      })}
      {note !== undefined && (
        <p id={`${id}-note`} class="hint">
          {note}
        </p>
      )}
    </div>
  );
}

/** A table of a few rows, not virtual. */
export function PlainTable({
  label,
  columns,
  rows,
}: {
  label: string;
  columns: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[];
}) {
  return (
    <div class="plain-table" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, index) => (
                <td key={columns[index]} data-label={columns[index]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A bar that shows the parts of a whole. */
export function Meter({ label, value, most, text }: { label: string; value: number; most: number; text: string }) {
  const percent = most > 0 ? Math.min(100, (value / most) * 100) : 0;
  return (
    <div class="meter">
      <div class="meter-head">
        <span>{label}</span>
        <span class="muted">{text}</span>
      </div>
      <div
        class="meter-track"
        role="meter"
        aria-label={label}
        aria-valuenow={Math.round(percent)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={text}
      >
        <div
          class={percent >= 90 ? 'meter-fill bad' : percent >= 75 ? 'meter-fill warn' : 'meter-fill'}
          style={{ width: `${percent}%` }}
        />
      </div>
    </div>
  );
}
