import { expect, test } from 'vitest';
import { orderIdOf } from './paths.ts';

test.each([
  ['/orders/o-01JA', 'o-01JA'],
  ['/orders/a%20b%C3%A9', 'a bé'],
  ['/orders/%E0', '%E0'],
  ['/orders/100%', '100%'],
])('%s is the page of %j', (path, orderId) => {
  expect(orderIdOf(path)).toBe(orderId);
});
