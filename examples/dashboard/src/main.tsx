import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import { App } from './app.js';
import { followLinks } from './router.js';
import { loadContexts } from './state.js';
import { applyTheme } from './theme.js';

applyTheme();
followLinks();
void loadContexts();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
