import { ApiProblem, reconciliation, report, signIn, signOut, whoIsIn } from './api.js';
import { createOrdersView } from './orders-panel.js';
import { createPanel } from './panel.js';
import { fromOf, ranges } from './ranges.js';
import { asOfRun, createReconciliationView, runReconcile } from './reconciliation-panel.js';
import { createSalesView } from './sales-panel.js';
import { createTopSkusView } from './top-skus-panel.js';

const byId = (id) => document.getElementById(id);
/** Says that a cookie may be there: it cannot be seen from here. */
const hint = 'millrace.signed-in';

let session = null;
let panels = [];
let timer = null;
let round = 0;
/** How far the server's clock is ahead of this one, ms. */
let skewMs = 0;
const nowMs = () => Date.now() + skewMs;

const rangeName = () => {
  const name = new URLSearchParams(location.search).get('range');
  return Object.hasOwn(ranges, name ?? '') ? name : 'hour';
};
const rangeOf = () => ranges[rangeName()];

/** The store's own order of its currencies, the same in every answer. */
const byCurrency = (a, b) => session.currencies.indexOf(a.currency) - session.currencies.indexOf(b.currency);

function say(text, tone = '') {
  if (byId('status').textContent !== text) byId('status').textContent = text;
  byId('status').dataset.tone = tone;
}

function makePanels() {
  const onRetry = () => void refresh();
  const emptyText = `Nothing in ${rangeOf().label}.`;
  const entry = (id, ask, options) => ({
    ask,
    last: null,
    lastAtMs: 0,
    panel: createPanel(id, { onRetry, isEmpty: ({ data }) => data.length === 0, ...options }),
  });
  const of = (id, title, name, query, render) =>
    entry(
      id,
      async () => {
        const from = fromOf(rangeOf(), nowMs(), session.timeZone);
        const answer = await report(name, query(from, rangeOf()));
        skewMs = Date.parse(answer.meta.as_of) - Date.now();
        return answer;
      },
      { title, emptyText, render },
    );
  panels = [
    of('orders', 'Orders', 'orders', (from, { bucket }) => ({ from, bucket }), createOrdersView(rangeOf)),
    of(
      'sales',
      'Sales by currency',
      'sales',
      (from, { bucket }) => ({ from, bucket }),
      createSalesView(rangeOf, byCurrency),
    ),
    of(
      'top-skus',
      'Top SKUs',
      'top-skus',
      (from) => ({ from, limit: 10 }),
      createTopSkusView(rangeOf, byCurrency),
    ),
    entry('reconciliation', reconciliation, {
      title: 'Reconciliation',
      emptyText: 'No day has been reconciled.',
      emptyHelp: runReconcile,
      freshness: asOfRun(nowMs, () => session.timeZone),
      render: createReconciliationView(),
    }),
  ];
  for (const { panel } of panels) panel.loading();
}

async function refreshOne(entry, mine) {
  try {
    const answer = await entry.ask();
    if (mine !== round) return;
    entry.last = answer;
    entry.lastAtMs = Date.now();
    entry.panel.answered(answer);
  } catch (error) {
    if (mine !== round) return;
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 401) throw error;
    entry.panel.failed(error, entry.last, (Date.now() - entry.lastAtMs) / 1000);
    say(`${error.problem.title}. Trying again.`, 'bad');
  }
}

/** Asks for all figures, then again after a while; not while the page is hidden. */
async function refresh() {
  clearTimeout(timer);
  if (!session || document.hidden) return;
  const mine = ++round;
  say('');
  try {
    await Promise.all(panels.map((entry) => refreshOne(entry, mine)));
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    showSignIn('Your session has ended. Sign in again.');
    return;
  }
  if (mine === round) timer = setTimeout(() => void refresh(), rangeOf().everyMs);
}

function showSignIn(fault = '') {
  session = null;
  round += 1;
  localStorage.removeItem(hint);
  byId('overview').hidden = byId('range-form').hidden = byId('sign-out').hidden = true;
  byId('sign-in').hidden = false;
  byId('store').textContent = '';
  byId('sign-in-fault').textContent = fault;
  byId('secret').value = takeOfferedKey();
  byId('secret').focus();
}

/** `/#key=…` (the part behind # never leaves the browser): fills the form in, and leaves the address bar at once. */
function takeOfferedKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key !== null) history.replaceState(null, '', location.pathname + location.search);
  return key ?? '';
}

function showOverview(who) {
  session = who;
  localStorage.setItem(hint, '1');
  byId('sign-in').hidden = true;
  byId('overview').hidden = byId('range-form').hidden = byId('sign-out').hidden = false;
  byId('store').textContent = `${who.name} · ${who.timeZone}`;
  byId('range').value = rangeName();
  makePanels();
  void refresh();
}

byId('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  byId('sign-in-fault').textContent = '';
  signIn(byId('secret').value.trim()).then(
    (who) => {
      byId('secret').value = '';
      showOverview(who);
      byId('main').focus();
    },
    (error) => {
      byId('sign-in-fault').textContent =
        error instanceof ApiProblem ? `${error.problem.title}. ${error.problem.detail ?? ''}` : String(error);
    },
  );
});
byId('sign-out').addEventListener('click', () => void signOut().finally(() => showSignIn()));
byId('range-form').addEventListener('submit', (event) => event.preventDefault());
byId('range').addEventListener('change', () => {
  history.pushState(null, '', `?range=${byId('range').value}`);
  makePanels();
  void refresh();
});
addEventListener('popstate', () => {
  if (session) showOverview(session);
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) clearTimeout(timer);
  else void refresh();
});

if (localStorage.getItem(hint)) whoIsIn().then(showOverview, () => showSignIn());
else showSignIn();
