import { createRoutes, type RouteParts } from '../../api/routes.ts';
import type { Route } from '../../api/http/route.ts';

/**
 * The routes of the API without an engine behind them: for their documents alone. A part may be read and handed on
 * while the routes are made; one that is called says so and throws, for then this could not be told from a live API.
 */
export function describedRoutes(): readonly Route[] {
  const part: object = new Proxy(() => undefined, {
    get: () => part,
    apply: () => {
      throw new Error('a route called one of its parts while it was made; infra/docs has no engines');
    },
  });
  return createRoutes(part as RouteParts);
}
