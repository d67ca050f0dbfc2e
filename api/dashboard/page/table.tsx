import type { ComponentChildren } from 'preact';

export interface Column<R> {
  readonly title: string;
  readonly cell: (row: R) => ComponentChildren;
  readonly className?: string;
  /** What the column counts, in words; empty or undefined: its title says it. */
  readonly means?: string | undefined;
}

interface TableProps<R> {
  readonly caption: string;
  /** What the figures mean, in words, under the caption. */
  readonly definition?: string | undefined;
  /** The first names the row. */
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
}

/** Rows for people and for screen readers. */
export function Table<R>({ caption, definition, columns, rows }: TableProps<R>) {
  return (
    <table>
      <caption>
        {caption}
        {definition === undefined ? null : <span class="definition">{definition}</span>}
      </caption>
      <thead>
        <tr>
          {columns.map(({ title, className, means }) => (
            <th key={title} scope="col" class={className} title={means}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {columns.map(({ title, cell, className }, i) =>
              i === 0 ? (
                <th key={title} scope="row">
                  {cell(row)}
                </th>
              ) : (
                <td key={title} class={className}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A table that scrolls in its own box, also by keyboard. */
export const Scrolled = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div class="scroll" tabIndex={0} role="region" aria-label={label}>
    {children}
  </div>
);

/** The table behind a chart. */
export const BehindChart = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <details>
    <summary>Show as a table</summary>
    <Scrolled label={`${label} as a table`}>{children}</Scrolled>
  </details>
);

export interface Figure {
  readonly label: string;
  readonly text: string;
  /** Variable of the colour that the chart beside it draws this in. */
  readonly key?: string;
  readonly isSmall?: boolean;
  /** What the number counts, in words. */
  readonly means?: string | undefined;
}

/** Headline numbers. */
export const Figures = ({ entries }: { entries: readonly Figure[] }) => (
  <dl class="figures">
    {entries.map(({ label, text, key, isSmall, means }) => (
      <div key={label} title={means}>
        <dt>
          {key === undefined ? null : <span class={`key ${key}`} aria-hidden="true" />}
          {label}
        </dt>
        <dd class={isSmall === true ? 'small' : undefined}>{text}</dd>
      </div>
    ))}
  </dl>
);
