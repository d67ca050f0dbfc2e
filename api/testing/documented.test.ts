import { expect, test } from 'vitest';
import { undocumented } from './documented.ts';

const json = (status: number, body: unknown, contentType = 'application/json; charset=utf-8') => ({
  status,
  contentType,
  body: JSON.stringify(body),
});
const accepted = {
  orderId: 'o-1',
  status: 'accepted',
  position: '3:1',
  links: { order: '/v1/orders/o-1', events: '/v1/orders/o-1/events' },
};
const problem = {
  type: '/problems/validation-failed',
  title: 'x',
  status: 422,
  detail: 'x',
  requestId: 'r',
  retryable: false,
};

test.each([
  ['POST', '/v1/orders', json(202, accepted)],
  ['POST', '/v1/orders', json(422, problem, 'application/problem+json; charset=utf-8')],
  ['HEAD', '/v1/orders/o-1?after=3:1', { status: 200, contentType: 'application/json', body: '' }],
  ['GET', '/v1/orders/o-1', { status: 304, contentType: null, body: '' }],
  ['GET', '/v1/nothing-of-ours', json(404, problem, 'application/problem+json')],
  ['PATCH', '/v1/orders', json(405, problem, 'application/problem+json')],
])('%s %s is as documented', (method, target, answer) => {
  expect(undocumented(method, target, answer)).toBeNull();
});

test.each([
  ['POST', '/v1/orders', json(201, accepted), '201 is not documented'],
  ['POST', '/v1/orders', json(202, { ...accepted, status: 'confirmed' }), 'breaks its schema'],
  ['POST', '/v1/orders', json(202, { ...accepted, more: 1 }), 'breaks its schema'],
  [
    'POST',
    '/v1/orders',
    json(422, { ...problem, requestId: 7 }, 'application/problem+json'),
    'breaks its schema',
  ],
  [
    'POST',
    '/v1/orders',
    json(422, { ...problem, type: '/problems/x' }, 'application/problem+json'),
    'breaks its schema',
  ],
  ['POST', '/v1/orders', json(422, problem), 'content type application/json'],
])('%s %s with something else is noticed', (method, target, answer, fault) => {
  expect(undocumented(method, target, answer)).toContain(fault);
});
