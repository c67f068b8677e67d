import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { navigation, titleOf } from '../navigation.js';
import { closeDialog, Dialog } from '../parts/dialog.js';
import { go, listHref, pageHref } from '../router.js';
import { context, contexts, kinds } from '../state.js';

interface Target {
  readonly label: string;
  readonly note: string;
  readonly words: string;
  readonly href: string;
}

function targets(): Target[] {
  const chosen = context.value;
  const pages = [
    { label: 'Overview', page: 'overview' },
    { label: 'All kinds', page: 'kinds' },
    { label: 'Create', page: 'create' },
    { label: 'Who can', page: 'access' },
  ].map(({ label, page }) => ({ label, note: 'page', words: label.toLowerCase(), href: pageHref(chosen, page) }));
  const places = new Map(
    navigation(chosen, kinds.value).flatMap(({ title, links }) => links.map(({ href }) => [href, title])),
  );
  const lists = kinds.value.map((kind) => {
    const href = listHref(chosen, kind);
    const words = [titleOf(kind), kind.kind, kind.plural, kind.group, ...kind.shortNames].join(' ').toLowerCase();
    return { label: titleOf(kind), note: kind.group || 'core', words, href, order: places.has(href) ? 0 : 1 };
  });
  lists.sort((a, b) => a.order - b.order);
  const clusters = contexts.value.map(({ name }) => ({
    label: name,
    note: 'cluster',
    words: name.toLowerCase(),
    href: pageHref(name, 'overview'),
  }));
  return [...pages, ...lists, ...clusters];
}

/** Returns at most twelve targets that have each word of a text, those that have it whole first. */
function find(text: string): Target[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ words: all }: Target) => (words.some((word) => all.split(' ').includes(word)) ? 0 : 1);
  return targets()
    .filter(({ words: all }) => words.every((word) => all.includes(word)))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 12);
}

/** Finds a page or a kind by a few letters. */
export function Finder() {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const found = find(text);
  const open = (target: Target | undefined) => {
    if (target === undefined) return;
    closeDialog();
    go(target.href);
  };
  const onKey = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const typed = event.currentTarget.value;
    // Whoever types fast presses Enter before the list of the last letters is drawn.
    if (event.key === 'Enter') open(typed === text ? found[chosen] : find(typed)[0]);
    else if (step !== undefined && found.length > 0) setChosen((chosen + step + found.length) % found.length);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={closeDialog}>
      <input
        ref={input}
        role="combobox"
        aria-label="Page or kind"
        aria-expanded={true}
        aria-controls="finder-results"
        aria-activedescendant={found.length > 0 ? `finder-${chosen}` : undefined}
        class="finder-input"
        placeholder="Pods, deploy, crd …"
        value={text}
        onKeyDown={onKey}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
      />
      <div id="finder-results" role="listbox" aria-label="Results" class="finder-results">
        {found.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys of the list.
          <div
            key={target.href}
            id={`finder-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => open(target)}
          >
            <span>{target.label}</span>
            <span class="muted">{target.note}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p class="muted">
          {kinds.value.length === 0 ? 'Reading the kinds of the cluster …' : 'Nothing has that name.'}
        </p>
      )}
    </Dialog>
  );
}

const keys = [
  ['Ctrl K', 'go to a page or kind'],
  ['/', 'search in the list'],
  ['↑ ↓', 'move between rows'],
  ['Enter', 'open the row'],
  ['c', 'create'],
  ['← →', 'move between tabs'],
  ['Esc', 'close a dialog'],
  ['?', 'show this list'],
] as const;

export function Shortcuts() {
  return (
    <Dialog title="Keyboard" onClose={closeDialog}>
      <dl class="shortcuts">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
