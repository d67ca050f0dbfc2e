import { expect, test } from 'vitest';
import { LinkFault, type LinkTrouble } from './link-fault.ts';

const withCode = (code: string, message = 'no'): Error => Object.assign(new Error(message), { code });
const inCause = (cause: Error): Error => new TypeError('fetch failed', { cause });

test.each<[string, Error, LinkTrouble]>([
  ['a certificate of nobody we know', inCause(withCode('SELF_SIGNED_CERT_IN_CHAIN')), 'authority'],
  ['a certificate for another host', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'authority'],
  ['an expired certificate', withCode('CERT_HAS_EXPIRED'), 'authority'],
  ['bytes that are no TLS', withCode('EPROTO', 'wrong version number'), 'transport'],
  ['a connection that ends at once', withCode('ECONNRESET'), 'transport'],
  ['Redis and a wrong password', new Error('WRONGPASS invalid username-password pair'), 'credentials'],
  [
    'ClickHouse and a wrong password',
    Object.assign(withCode('516'), { type: 'AUTHENTICATION_FAILED' }),
    'credentials',
  ],
  ['nobody', inCause(withCode('ECONNREFUSED')), 'away'],
  ['a name nobody has', withCode('ENOTFOUND'), 'away'],
  ['one address after the other', new AggregateError([withCode('ECONNREFUSED')]), 'away'],
])('%s is told', (_, cause, trouble) => {
  expect(new LinkFault({ engine: 'Redis', at: 'redis:6379', username: 'u' }, cause).trouble).toBe(trouble);
});

test('the words name the engine, the address, the user and the variables to look at', () => {
  const wrong = new Error('WRONGPASS');
  const to = { engine: 'Kafka', at: 'kafka:9093' } as const;
  expect(new LinkFault({ ...to, username: 'millrace-api' }, wrong).message).toBe(
    'Kafka at kafka:9093 does not take the user millrace-api with this password: check MILLRACE_KAFKA_USERNAME and MILLRACE_KAFKA_PASSWORD',
  );
  expect(new LinkFault(to, wrong).message).toMatch(/no user was named: set MILLRACE_KAFKA_USERNAME/);
  expect(new LinkFault(to, withCode('EPROTO')).message).toMatch(/set MILLRACE_KAFKA_TLS=true/);
  expect(new LinkFault(to, withCode('CERT_HAS_EXPIRED')).message).toMatch(/NODE_EXTRA_CA_CERTS/);
  expect(new LinkFault({ ...to, engine: 'Redis' }, withCode('EPROTO')).message).toMatch(/rediss: address/);
});
