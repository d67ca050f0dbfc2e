/** A new element; text is text, never markup. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, String(value));
  }
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

/** The table behind a chart. `columns`: `{title, cell(row)}`, the first names the row. */
export function tableOf(caption, columns, rows) {
  const head = element('tr', {}, ...columns.map(({ title }) => element('th', { scope: 'col' }, title)));
  const lines = rows.map((row) =>
    element(
      'tr',
      {},
      ...columns.map(({ cell, className }, i) =>
        i === 0 ? element('th', { scope: 'row' }, cell(row)) : element('td', { class: className }, cell(row)),
      ),
    ),
  );
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, head),
    element('tbody', {}, ...lines),
  );
}

/** Headline numbers: `[label, text, keyColour?]`. */
export function figures(entries) {
  return element(
    'dl',
    { class: 'figures' },
    ...entries.map(({ label, text, key, small }) =>
      element(
        'div',
        {},
        element('dt', {}, ...(key ? [keyOf(key)] : []), label),
        element('dd', { class: small ? 'small' : null }, text),
      ),
    ),
  );
}

function keyOf(variable) {
  const key = element('span', { class: 'key', 'aria-hidden': 'true' });
  key.style.setProperty('--key', `var(${variable})`);
  return key;
}
