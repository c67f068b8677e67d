import { FitAddon } from '@xterm/addon-fit';
import { Terminal as Xterm } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { openExec } from '../data/exec.js';
import { api } from '../state.js';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

/** Opens a terminal, and gives the style elements that it makes the nonce that the page's security policy asks for. */
function openWithNonce(terminal: Xterm, box: HTMLElement): void {
  const { createElement } = document;
  document.createElement = (tag: string) => {
    const element = createElement.call(document, tag);
    if (tag === 'style') element.nonce = nonce;
    return element;
  };
  try {
    terminal.open(box);
  } finally {
    document.createElement = createElement;
  }
}

/** A shell in a container. `path` is that of the pod's `exec` subresource. */
export default function Terminal({
  path,
  container,
  command,
}: {
  path: string;
  container: string;
  command: readonly string[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const [state, setState] = useState('Connecting');
  const [run, setRun] = useState(0);
  const words = command.join(' ');
  useEffect(() => {
    if (box.current === null) return;
    setState('Connecting');
    const style = getComputedStyle(document.documentElement);
    const terminal = new Xterm({
      cursorBlink: true,
      fontFamily: style.getPropertyValue('--mono'),
      fontSize: 13,
      screenReaderMode: true,
      theme: { background: '#10161d', foreground: '#e3e9ef', cursor: '#5cc5e6' },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    openWithNonce(terminal, box.current);
    fit.fit();
    const session = openExec(api.value, path, container, command, {
      opened: () => {
        setState('Connected');
        session.resize(terminal.cols, terminal.rows);
        terminal.focus();
      },
      output: (bytes) => terminal.write(bytes),
      ended: (reason) => setState(`Ended: ${reason}`),
    });
    terminal.onData((text) => session.send(text));
    terminal.onResize(({ cols, rows }) => session.resize(cols, rows));
    const resized = new ResizeObserver(() => fit.fit());
    resized.observe(box.current);
    return () => {
      resized.disconnect();
      session.close();
      terminal.dispose();
    };
  }, [path, container, words, run]);
  return (
    <div class="terminal-frame">
      <div class="terminal-bar">
        <span role="status">{state}</span>
        {state.startsWith('Ended') && (
          <button type="button" class="button small" onClick={() => setRun(run + 1)}>
            Start again
          </button>
        )}
      </div>
      <div class="terminal" ref={box} />
    </div>
  );
}
