import { element } from './dom.js';
import { ago, instant } from './format.js';

/** Without news for so long, figures are shown as old ones: ticks of idle owners come every 15 s. */
const staleAfterS = 60;

/**
 * A card with a title, a "complete until", and one of five states: loading, ready, empty, stale, error.
 * `render(body, answer)` fills it; it is called again with each answer and keeps what it made.
 */
export function createPanel(id, { title, emptyText, isEmpty, render, onRetry }) {
  const card = document.getElementById(id);
  const complete = element('p', { class: 'complete' });
  const body = element('div', { class: 'body' });
  const note = element('div');
  card.replaceChildren(
    element('div', { class: 'head' }, element('h2', { id: `${id}-title` }, title), complete),
    note,
    body,
  );
  let hasFigures = false;

  const show = (state) => {
    card.dataset.state = state;
    card.setAttribute('aria-busy', String(state === 'loading'));
    body.hidden = state === 'empty' || state === 'loading' || (state === 'error' && !hasFigures);
  };
  const tellComplete = ({ meta }, fetchedAgoS) => {
    const until = instant(meta.complete_until, meta.as_of, meta.tz);
    const lagS = meta.lag_seconds === null ? null : meta.lag_seconds + fetchedAgoS;
    const age = lagS !== null && lagS > staleAfterS ? `, ${ago(lagS)} ago` : '';
    complete.textContent = `Complete until ${until}${age}`;
    complete.title = `${meta.tz}; every order before is counted`;
    return lagS === null || lagS > staleAfterS;
  };

  return {
    loading() {
      hasFigures = false;
      complete.textContent = 'Complete until –';
      note.replaceChildren(element('div', { class: 'skeleton' }));
      show('loading');
    },
    answered(answer) {
      const isOld = tellComplete(answer, 0);
      if (isEmpty(answer)) {
        hasFigures = false;
        note.replaceChildren(
          element(
            'p',
            { class: 'empty' },
            element('strong', {}, emptyText),
            'Run ',
            element('code', {}, 'npx millrace replay <file>'),
            ', place an order, or choose a longer time range.',
          ),
        );
        show('empty');
        return;
      }
      hasFigures = true;
      note.replaceChildren();
      show(isOld ? 'stale' : 'ready');
      render(body, answer);
    },
    /** The figures on the page stay, greyed; without any, the error stands alone. */
    failed({ problem }, lastAnswer, fetchedAgoS) {
      if (hasFigures && lastAnswer) tellComplete(lastAnswer, fetchedAgoS);
      const retry = element('button', { type: 'button', class: 'quiet' }, 'Try again');
      retry.addEventListener('click', onRetry);
      const code = String(problem.type).split('/').at(-1);
      note.replaceChildren(
        element(
          'div',
          { class: 'error' },
          element('strong', {}, problem.title),
          `${code}${problem.requestId ? ` · request ${problem.requestId}` : ''} `,
          retry,
        ),
      );
      show(hasFigures ? 'stale' : 'error');
    },
  };
}
