import { groupContract } from '../testing/group.contract.ts';
import { createTestTopic, testConnection, trimTopic } from '../testing/test-kafka.ts';
import { createKafkajsGroup } from './kafkajs-group.ts';
import { createKafkajsLog } from './kafkajs-log.ts';

groupContract('Kafka', async () => {
  const log = await createKafkajsLog(testConnection());
  return {
    log,
    createTopic: (partitions) => createTestTopic({ partitions }),
    join: (member, joining) =>
      createKafkajsGroup(
        {
          ...testConnection(),
          ...joining,
          pacing: { minBytes: 1, maxWaitMs: 20 },
          sessionTimeoutMs: 3_000,
        },
        member,
      ),
    trim: trimTopic,
    close: () => log.close(),
  };
});
