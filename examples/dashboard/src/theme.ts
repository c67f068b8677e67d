import { signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const key = 'keelson-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** The colours in use. They follow the system until the user chooses. */
export const theme = signal<Theme>('light');

export function applyTheme(): void {
  const chosen = localStorage.getItem(key);
  theme.value = chosen === 'dark' || chosen === 'light' ? chosen : system.matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme.value;
}

system.addEventListener('change', applyTheme);

export function toggleTheme(): void {
  localStorage.setItem(key, theme.value === 'dark' ? 'light' : 'dark');
  applyTheme();
}
