import {
  COMPATIBILITY,
  SchemaRegistry as RegistryClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry';
import type { AvroSchema } from '../../schemas/avro-schema.ts';
import { schemaOfTopic, subjectOf, topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { askRegistry } from '../clients/ask-registry.ts';
import type { Link } from '../clients/links.ts';

export interface RegisteredSchema {
  readonly subject: string;
  readonly id: number;
}

/**
 * Registers the schema of every topic; one that is there already keeps its id. The subject's rule comes first, for
 * the registry judges a new version by it: BACKWARD_TRANSITIVE, readers are upgraded before writers (messages §2).
 * Rejects, naming the subject, where a schema could not read what is on its topic.
 */
export async function registerSchemas(registry: Link): Promise<readonly RegisteredSchema[]> {
  const registered: RegisteredSchema[] = [];
  for (const { name, schema } of topicCatalogue) {
    if (schema !== null)
      registered.push(await registerSchema(registry, subjectOf(name), schemaOfTopic(name)));
  }
  return registered;
}

/** The same for one subject. */
export async function registerSchema(
  registry: Link,
  subject: string,
  schema: AvroSchema,
): Promise<RegisteredSchema> {
  const compatibility = COMPATIBILITY.BACKWARD_TRANSITIVE;
  await askRegistry(registry, `/config/${subject}`, { method: 'PUT', body: { compatibility } });
  const client = connectRegistryClient(registry);
  try {
    const confluent = { type: SchemaType.AVRO, schema: JSON.stringify(schema) } as const;
    const { id } = await client.register(confluent, { subject, compatibility });
    return { subject, id };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the registry refuses the schema of ${subject}: ${reason}`, { cause: error });
  }
}

/** The package's own client knows how a registry wants a schema put; what is only asked goes by `askRegistry`. */
const connectRegistryClient = ({ url, username, password }: Link): RegistryClient =>
  new RegistryClient({
    host: url,
    clientId: 'millrace-deploy',
    ...(username ? { auth: { username, password: password ?? '' } } : {}),
  });
