import { assertNever } from '../../schemas/assert-never.ts';

/** An engine, where it is, and as whom we came. */
export interface LinkEnd {
  readonly engine: keyof typeof engines;
  /** Without user and password. */
  readonly at: string;
  /** Empty or absent: we named none. */
  readonly username?: string | undefined;
}

/**
 * Why a link could not be used. `credentials`: the engine does not take the user; `authority`: its certificate is not by
 * one we trust; `transport`: one side speaks TLS and the other does not; `away`: nobody answers, or not in time.
 */
export type LinkTrouble = 'credentials' | 'authority' | 'transport' | 'away';

/** An engine cannot be reached or does not let us in. The message names it, why, and what to check; no secret is in it. */
export class LinkFault extends Error {
  override readonly name = 'LinkFault';
  readonly trouble: LinkTrouble;
  constructor(end: LinkEnd, cause: unknown) {
    const trouble = linkTroubleOf(cause);
    super(linkWords(end, trouble), { cause });
    this.trouble = trouble;
  }
}

const engines = {
  Kafka: { prefix: 'MILLRACE_KAFKA', nobody: 'no Kafka broker' },
  Redis: { prefix: 'MILLRACE_REDIS', nobody: 'no Redis' },
  ClickHouse: { prefix: 'MILLRACE_CLICKHOUSE', nobody: 'no ClickHouse' },
  'the schema registry': { prefix: 'MILLRACE_REGISTRY', nobody: 'no schema registry' },
} as const;

/** What to tell of a link that cannot be used: the engine, why, and what to check. */
export function linkWords({ engine, at, username }: LinkEnd, trouble: LinkTrouble): string {
  const { prefix, nobody } = engines[engine];
  const [address, tls] =
    engine === 'Kafka'
      ? [`${prefix}_BROKERS`, `${prefix}_TLS=true`]
      : [`${prefix}_URL`, `a ${engine === 'Redis' ? 'rediss' : 'https'}: address in ${prefix}_URL`];
  const credential = `${prefix}_USERNAME and ${prefix}_PASSWORD`;
  switch (trouble) {
    case 'credentials':
      return username
        ? `${engine} at ${at} does not take the user ${username} with this password: check ${credential}`
        : `${engine} at ${at} asks who is there and no user was named: set ${credential}`;
    case 'authority':
      return `the certificate of ${engine} at ${at} is not for this address, or not by an authority this process trusts: name the authority's PEM file in NODE_EXTRA_CA_CERTS`;
    case 'transport':
      return `${engine} at ${at} ends every connection before its first answer: if it speaks TLS, set ${tls}; if it does not, leave that out; if it asks for a user, set ${credential}`;
    case 'away':
      return `${nobody} answers at ${at}: check ${address}`;
    default:
      return assertNever(trouble);
  }
}

/** Node's and OpenSSL's codes for a certificate that does not hold (nodejs.org, tls, X509 certificate error codes). */
const untrusted =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA|ERROR_IN_CERT)/;
/** OpenSSL on bytes that are no TLS, and connections that end at once. */
const notTheSameTongue =
  /^(EPROTO|ECONNRESET|EPIPE|ERR_SSL_|UND_ERR_SOCKET)|wrong version number|packet length too long|socket hang up|socket disconnected before secure TLS|Closed connection|Connection is closed|Parse Error/i;
/** kafkajs' class, the words of Redis, ClickHouse's codes 516, 194 and 193. */
const notWelcome =
  /SASLAuthentication|SASL .*authentication failed|WRONGPASS|NOAUTH|NOPERM|AUTHENTICATION_FAILED|REQUIRED_PASSWORD|WRONG_PASSWORD|Authentication failed/;

/** Client libraries keep the code in a field, in the message alone, or in a cause: wherever it is said, it counts. */
export function linkTroubleOf(error: unknown): LinkTrouble {
  const said = [...chainOf(error)];
  if (said.some((text) => notWelcome.test(text))) return 'credentials';
  if (said.some((text) => untrusted.test(text) || /certificate|ERR_TLS_CERT/i.test(text))) return 'authority';
  return said.some((text) => notTheSameTongue.test(text)) ? 'transport' : 'away';
}

function* chainOf(error: unknown): Generator<string> {
  for (let each = error; each instanceof Error; each = each.cause) {
    yield each.name;
    yield each.message;
    for (const field of ['code', 'type'] as const)
      if (field in each) yield String((each as unknown as Record<string, unknown>)[field]);
    if (each instanceof AggregateError) for (const one of each.errors) yield* chainOf(one);
  }
}
