import { z } from 'zod';
import { commonProblems } from '../../api/http/openapi.ts';
import { problemKinds, type ProblemCode } from '../../api/http/problem-codes.ts';
import type { Route } from '../../api/http/route.ts';
import { describedRoutes } from './described-routes.ts';
import { fieldRows } from './json-schema-fields.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

const problemList = (problems: readonly ProblemCode[]): string =>
  problems.map((name) => `${code(name)} ${problemKinds[name].status}`).join(', ');

const inputTable = (title: string, schema: z.ZodType): readonly string[] => {
  const rows = fieldRows(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return rows.length === 0 ? [] : [markdownTable([title, 'Type', 'Meaning'], rows)];
};

const credentialOf = ({ scope, signed, anonymous, visitors }: Route): string => {
  if (signed) return 'No API key: the body is signed';
  if (anonymous) return 'No credential is asked for';
  const needed = scope === null ? 'Any valid key' : `Scope ${code(scope)}`;
  return visitors ? `${needed}, or a visitor of the shop` : needed;
};

function routeParts(route: Route): readonly string[] {
  const { docs } = route;
  const answers = Object.entries(docs.answers).map(
    ([status, { description }]) => `${status} ${description.replace(/\.$/, '')}`,
  );
  const rules = [
    credentialOf(route),
    ...(route.idempotencyKey === 'none' ? [] : [`Idempotency-Key ${route.idempotencyKey}`]),
    `produces ${route.produces.map(code).join(' or ')}`,
  ];
  return [
    `### ${route.method} ${route.path}`,
    `${docs.summary}. ${docs.description ?? ''}`.trim(),
    `${rules.join('; ')}.`,
    ...inputTable('Query parameter', route.query),
    ...(route.body ? inputTable('Body field', route.body) : []),
    `Answers: ${answers.join('; ')}.`,
    ...(docs.problems?.length ? [`Problems of its own: ${problemList(docs.problems)}.`] : []),
  ];
}

/** `http-api.md`: every route with what it takes, its scope and its problem codes, from the route table. */
export function httpApiPage(): ReferencePage {
  const byTag = Map.groupBy(describedRoutes(), ({ docs }) => docs.tag);
  return page('http-api.md', 'HTTP API', 'the route table in api/routes.ts', [
    'A running API has the whole document, answers and examples too, at `/openapi.json` and `/docs`. The credential is `Authorization: Bearer <key>`; the key gives store and scopes. Amounts are integers in minor units, times RFC 3339 in UTC.',
    '## Problems that routes share',
    'What each means and what to do: [problems.md](problems.md).',
    `Any route: ${problemList(commonProblems.everywhere)}.`,
    `Routes with a body: ${problemList(commonProblems.withBody)}.`,
    `Routes with an Idempotency-Key: ${problemList(commonProblems.withKey)}.`,
    ...[...byTag].flatMap(([tag, routes]) => [`## ${tag}`, ...routes.flatMap(routeParts)]),
  ]);
}
