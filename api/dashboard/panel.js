import { element } from './dom.js';
import { ago, instant } from './format.js';

/** Without news for so long, figures are shown as old ones: ticks of idle owners come every 15 s. */
const staleAfterS = 60;

/** How fresh a report is: `{text, title, isOld}`; `fetchedAgoS` is the age of the answer itself. */
const completeUntil = {
  unknown: 'Complete until –',
  of({ meta }, fetchedAgoS) {
    const until = instant(meta.complete_until, meta.as_of, meta.tz);
    const lagS = meta.lag_seconds === null ? null : meta.lag_seconds + fetchedAgoS;
    const isOld = lagS === null || lagS > staleAfterS;
    const age = isOld && lagS !== null ? `, ${ago(lagS)} ago` : '';
    return {
      text: `Complete until ${until}${age}`,
      title: `${meta.tz}; every order before is counted`,
      isOld,
    };
  },
};

const placeAnOrder = () => [
  'Run ',
  element('code', {}, 'npx millrace replay <file>'),
  ', place an order, or choose a longer time range.',
];

/**
 * A card with a title, a word on how fresh it is, and one of five states: loading, ready, empty, stale, error.
 * `render(body, answer)` fills it; it is called again with each answer and keeps what it made.
 */
export function createPanel(id, options) {
  const { title, emptyText, isEmpty, render, onRetry } = options;
  const { emptyHelp = placeAnOrder, freshness = completeUntil } = options;
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
  const tellFreshness = (answer, fetchedAgoS) => {
    const told = freshness.of(answer, fetchedAgoS);
    complete.textContent = told.text;
    complete.title = told.title;
    return told.isOld;
  };

  return {
    loading() {
      hasFigures = false;
      complete.textContent = freshness.unknown;
      note.replaceChildren(element('div', { class: 'skeleton' }));
      show('loading');
    },
    answered(answer) {
      const isOld = tellFreshness(answer, 0);
      if (isEmpty(answer)) {
        hasFigures = false;
        note.replaceChildren(
          element('p', { class: 'empty' }, element('strong', {}, emptyText), ...emptyHelp()),
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
      if (hasFigures && lastAnswer) tellFreshness(lastAnswer, fetchedAgoS);
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
