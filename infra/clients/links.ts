import type { Config } from '../config/config.ts';
import type { KafkaConnection } from './kafkajs/hardened-kafkajs.ts';

/** An address and who we are there. Empty or absent user and password: none is named. */
export interface Link {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** The fields of the configuration that say how to reach the engines and as whom. */
export type LinkConfig = Pick<
  Config,
  | 'kafkaBrokers'
  | 'kafkaVia'
  | 'kafkaTls'
  | 'kafkaUsername'
  | 'kafkaPassword'
  | 'registryUrl'
  | 'registryUsername'
  | 'registryPassword'
  | 'redisUrl'
  | 'redisUsername'
  | 'redisPassword'
  | 'clickhouseUrl'
  | 'clickhouseUsername'
  | 'clickhousePassword'
  | 'clickhouseDatabase'
>;

/** The way to Kafka, for `createKafkajsLog` and its kin. */
export const kafkaLink = (
  config: Pick<LinkConfig, 'kafkaBrokers' | 'kafkaVia' | 'kafkaTls' | 'kafkaUsername' | 'kafkaPassword'>,
  clientId: string,
  logger: KafkaConnection['logger'],
): KafkaConnection => ({
  brokers: config.kafkaBrokers,
  via: config.kafkaVia,
  tls: config.kafkaTls,
  username: config.kafkaUsername,
  password: config.kafkaPassword,
  clientId,
  logger,
});

export const registryLink = (
  config: Pick<LinkConfig, 'registryUrl' | 'registryUsername' | 'registryPassword'>,
): Link => ({
  url: config.registryUrl,
  username: config.registryUsername,
  password: config.registryPassword,
});

export const redisLink = (
  config: Pick<LinkConfig, 'redisUrl' | 'redisUsername' | 'redisPassword'>,
): Link => ({
  url: config.redisUrl,
  username: config.redisUsername,
  password: config.redisPassword,
});

/** `database` is the configuration's. */
export const clickhouseLink = (
  config: Pick<
    LinkConfig,
    'clickhouseUrl' | 'clickhouseUsername' | 'clickhousePassword' | 'clickhouseDatabase'
  >,
): Link & { readonly database: string } => ({
  url: config.clickhouseUrl,
  database: config.clickhouseDatabase,
  username: config.clickhouseUsername,
  password: config.clickhousePassword,
});
