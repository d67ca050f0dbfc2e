import { problemCodes, problemKinds } from '../../api/http/problem-codes.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

/** `problems.md`: every problem code, from the table the API answers by. */
export function problemsPage(): ReferencePage {
  const rows = problemCodes
    .map((name) => ({ name, ...problemKinds[name] }))
    .sort((a, b) => a.status - b.status)
    .map(({ name, status, title, retryable, help }) => [
      code(name),
      String(status),
      title,
      retryable ? 'yes' : 'no',
      help,
    ]);
  return page('problems.md', 'Problem codes', 'api/http/problem-codes.ts', [
    'Every answer that is not 2xx is `application/problem+json` (RFC 9457); its `type` ends in the code, and a running API has a page for it at `/problems/<code>`. Retryable: the very same request, with the same Idempotency-Key, may succeed later.',
    markdownTable(['Code', 'Status', 'Title', 'Retryable', 'Why, and what to do'], rows),
  ]);
}
