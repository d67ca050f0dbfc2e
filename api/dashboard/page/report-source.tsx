import { type Report, reportPath } from './api.ts';

type Query = Readonly<Record<string, string | number | null>>;

/** Where the numbers come from: their rows as CSV, and the very statement that ClickHouse was asked. */
export function ReportSource({ name, answer, query }: { name: string; answer: Report; query: Query }) {
  const { from, to, sql, sql_parameters: parameters, definition_version: version } = answer.meta;
  return (
    <>
      <p class="links">
        <a href={reportPath(name, { from, to, ...query, format: 'csv' })} download={`${name}.csv`}>
          CSV
        </a>
        <a href="/docs">Definition {version}</a>
      </p>
      <details>
        <summary>The SQL</summary>
        <pre tabIndex={0} role="region" aria-label={`SQL of ${name}`}>
          {sql}
          {'\n\n'}
          {Object.entries(parameters)
            .map(([parameter, value]) => `{${parameter}} = ${JSON.stringify(value)}`)
            .join('\n')}
        </pre>
      </details>
    </>
  );
}
