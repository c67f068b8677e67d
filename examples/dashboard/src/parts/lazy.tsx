import type { ComponentType, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Loading } from './basics.js';

/** Loads a component when it is first shown: editor and terminal are most of the page's code. */
function lazy<P extends object>(load: () => Promise<ComponentType<P>>): FunctionComponent<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [Part, setPart] = useState<{ is: ComponentType<P> } | undefined>(loaded && { is: loaded });
    useEffect(() => {
      if (Part !== undefined) return;
      load().then((part) => {
        loaded = part;
        setPart({ is: part });
      });
    }, [Part]);
    return Part === undefined ? <Loading /> : <Part.is {...props} />;
  };
}

export const Editor = lazy(async () => (await import('./editor.js')).default);
export const Difference = lazy(async () => (await import('./editor.js')).Difference);
export const Terminal = lazy(async () => (await import('./terminal.js')).default);
