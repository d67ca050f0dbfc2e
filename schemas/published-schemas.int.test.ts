import { beforeAll, expect, test } from 'vitest';
import { registerSchemas } from '../infra/deploy/register-schemas.ts';
import { askRegistry } from '../infra/clients/ask-registry.ts';
import { loadAvroSchema } from './avro-schema.ts';
import { subjectOf, topicCatalogue } from './topic-catalogue.ts';
import { testEngines } from '../infra/local/testing/test-engines.ts';

const topics = topicCatalogue.filter(({ schema }) => schema !== null).map(({ name }) => name);

beforeAll(async () => {
  await registerSchemas({ url: testEngines().registryUrl });
});

/** The registry's verdict on a schema as the next version of a topic's subject. */
async function verdict(topic: string, schema: object): Promise<unknown> {
  const path = `/compatibility/subjects/${subjectOf(topic)}/versions/latest`;
  const body = { schema: JSON.stringify(schema) };
  const answer = await askRegistry({ url: testEngines().registryUrl }, path, { method: 'POST', body });
  return answer.is === 'found' ? answer.body : answer;
}

test.each(topics)('the registry calls the schema of %s compatible with what it holds', async (topic) => {
  expect(await verdict(topic, loadAvroSchema(topic))).toMatchObject({ is_compatible: true });
});

test.each(topics)('the registry refuses a new field of %s without a default', async (topic) => {
  const schema = loadAvroSchema(topic);
  const fields = [...(schema.fields ?? []), { name: 'note', type: 'string' }];
  expect(await verdict(topic, { ...schema, fields })).toMatchObject({ is_compatible: false });
});
