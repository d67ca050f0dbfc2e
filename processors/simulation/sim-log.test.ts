import { groupContract, type GroupsUnderTest } from '../../infra/clients/testing/group.contract.ts';
import { logContract, type LogUnderTest } from '../../infra/clients/testing/log.contract.ts';
import { calmLink } from './link.ts';
import { SimGroup } from './sim-group.ts';
import { createLogClient } from './sim-log-client.ts';
import { SimLog } from './sim-log.ts';
import { SimProcess } from './sim-process.ts';
import { drive } from './testing/drive.ts';
import { simulatedWorld } from './testing/simulated-world.ts';

const faults = { ...calmLink, torn: 0, rowMissing: 0, gatherMs: 0, fetchMax: 50 };

function simulatedLog(): LogUnderTest & GroupsUnderTest {
  const { scheduler, process } = simulatedWorld();
  const log = new SimLog(scheduler);
  const driving = drive(scheduler);
  const client = createLogClient({ scheduler, log, process, faults, requestTimeoutMs: 1_000 });
  const groups = new Map<string, SimGroup>();
  let topics = 0;
  return {
    log: client.log,
    createTopic: async (partitions) => {
      topics += 1;
      log.createTopic(`topic-${topics}`, partitions);
      return `topic-${topics}`;
    },
    openReader: async () => client.reader,
    trim: async (topic, partition, first) => log.trim({ topic, partition }, first),
    join(member, joining) {
      const group =
        groups.get(joining.groupId) ??
        new SimGroup({
          scheduler,
          log,
          topics: joining.topics,
          partitions: log.partitionsOf(joining.topics[0] ?? ''),
          faults: { sessionMs: 3_000, hearMs: 2, joinMs: 5, uneven: 0 },
          network: faults,
        });
      groups.set(joining.groupId, group);
      return group.member(new SimProcess(joining.instanceId, scheduler), member);
    },
    close: () => driving.stop(),
  };
}

logContract('the simulated log', async () => simulatedLog());
groupContract('the simulated coordinator', async () => simulatedLog());
