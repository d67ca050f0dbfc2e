import { element, figures, tableOf } from './dom.js';
import { ago, count, instant, money } from './format.js';

/** A daily job that did not come for half a day more. */
const staleAfterS = 36 * 3600;

/** What to run where there is nothing to see. */
export const runReconcile = () => ['Run ', element('code', {}, 'npx millrace reconcile --day <date>'), '.'];

/** "As of" the last run, for a panel: nothing is compared while somebody looks. */
export const asOfRun = (nowMs, timeZone) => ({
  unknown: 'As of –',
  of({ asOf }) {
    if (asOf === null) return { text: 'As of –', title: 'never reconciled', isOld: false };
    const ageS = (nowMs() - Date.parse(asOf)) / 1000;
    const isOld = ageS > staleAfterS;
    const at = instant(asOf, new Date(nowMs()).toISOString(), timeZone());
    return {
      text: `As of ${at}${isOld ? `, ${ago(ageS)} ago` : ''}`,
      title: `${timeZone()}; when the last reconciliation was begun`,
      isOld,
    };
  },
});

/** How many differences between our books and those of others nobody has explained, and where they are. */
export function createReconciliationView() {
  return (body, { unexplained, unchecked, data }) => {
    const open = data.flatMap(({ day, differences }) =>
      differences.filter((one) => one.class !== 'timing').map((one) => ({ day, ...one })),
    );
    body.replaceChildren(
      figures([
        { label: 'Unexplained', text: count(unexplained), key: unexplained > 0 ? '--warn' : '--accent' },
        { label: 'Not compared', text: count(unchecked) },
        { label: 'Last day', text: data[0].day, small: true },
      ]),
      ...(open.length > 0 ? [scrolled(open)] : []),
      element(
        'p',
        { class: 'note' },
        open.length > 0 ? 'Each one by name, with a safe command: ' : 'To compare another day: ',
        element('code', {}, `npx millrace reconcile --day ${open[0]?.day ?? '<date>'}`),
      ),
    );
  };
}

const scrolled = (rows) =>
  element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Unexplained differences as a table' },
    tableOf(
      'Unexplained differences by UTC day; newest first',
      [
        { title: 'Day', cell: ({ day }) => day },
        { title: 'Class', cell: (row) => row.class },
        { title: 'In', cell: ({ where }) => where },
        { title: 'Count', cell: (row) => count(row.count) },
        { title: 'At risk', cell: ({ amountMinor, currency }) => money(amountMinor, currency) },
      ],
      rows,
    ),
  );
