import type { FetchResponse, MaybeOptionalInit } from 'openapi-fetch';
import type { Answer } from './answer.ts';
import type { paths } from './generated/api-types.ts';

/** A call beside what its route takes. */
export interface CallOptions {
  /**
   * Which wish this is: keep it with the cart and a call after a crash does nothing twice. 1 to 255 visible ASCII
   * characters. Without it each call is a wish of its own. Reads have none.
   */
  readonly idempotencyKey?: string;
}

type Verb = 'get' | 'put' | 'post' | 'delete';

/** An operation without its header parameters: the client sends the one there is, `Idempotency-Key`. */
type WithoutHeaders<O> = O extends { parameters: infer P }
  ? Omit<O, 'parameters'> & { parameters: Omit<P, 'header'> & { header?: never } }
  : O;

/** The routes as this client takes them. */
export type Routes = {
  [P in keyof paths]: { [M in keyof paths[P]]: M extends Verb ? WithoutHeaders<paths[P][M]> : paths[P][M] };
};

type RoutesWith<M extends Verb> = {
  [P in keyof Routes]: Routes[P] extends { [K in M]: object } ? P : never;
}[keyof Routes];

/** Optional where the route demands nothing. */
type InitArgument<Init> = object extends Init ? [init?: Init & CallOptions] : [init: Init & CallOptions];

/** A call of any route by its path as the document writes it; `init` has `params`, `body`, `headers`, `signal`. */
export type Method<M extends Verb> = <P extends RoutesWith<M>, Init extends MaybeOptionalInit<Routes[P], M>>(
  path: P,
  ...init: InitArgument<Init>
) => Promise<Answer<NonNullable<FetchResponse<Routes[P][M] & object, Init, 'application/json'>['data']>>>;
