import { render } from 'preact';
import '../../dashboard/page/base.css';
import './shop.css';
import { App } from './app.tsx';

const host = document.getElementById('app');
if (host) render(<App />, host);
