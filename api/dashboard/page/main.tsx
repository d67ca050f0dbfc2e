import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './base.css';
import './app.css';
import { App } from './app.tsx';

const host = document.getElementById('app');
if (host) render(<App />, host);
