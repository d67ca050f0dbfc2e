import { expect, test } from 'vitest';
import { OpenStreams } from './http/open-streams.ts';
import { createRoutes, type RouteParts } from './routes.ts';
import { accessFixtures } from './testing/access-fixtures.ts';

const parts = { codecs: {}, partitions: 4, nowMs: () => 0, open: new OpenStreams(), quoteSecrets: [''] };

test('the access matrix has a fixture for every route, and none for a route that is gone', () => {
  const routes = createRoutes(parts as unknown as RouteParts);
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(accessFixtures).toSorted()).toEqual(names.toSorted());
});
