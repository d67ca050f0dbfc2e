import { describe, expect, test } from 'vitest';
import type { OutgoingRecord } from '../log.ts';
import { type ContractPlace, openPlace } from './contract-place.ts';
import { until } from './test-kafka.ts';

/** One member of the consumer's group, in this process. */
export interface ContractMember {
  /** Why it is not ready, or null. */
  notReady(): string | null;
  stop(): Promise<void>;
  /** Ends it as kill -9 does: what it had under way stays undone, its group learns it at once. */
  kill(): Promise<void>;
}

export interface StartOptions {
  /** Default: the group of the place. Another one has no offsets. */
  readonly groupId?: string;
  /** Told when an effect was made whose success the member will never hear of: it hangs there. */
  readonly onHung?: () => void;
}

/** A consumer over one place, with the books it keeps. */
export interface OpenConsumer {
  start(options?: StartOptions): Promise<ContractMember>;
  /** Ids that took effect so far, in any order; one that took effect twice stands there twice. */
  effects(): Promise<readonly string[]>;
  /** A new id that belongs to the partition. */
  newId(partition: number): string;
  /** The records by which ids take effect, in order, after all before them. */
  records(partition: number, ids: readonly string[]): readonly OutgoingRecord[];
  /** The records of ids once more, as a resend whose first answer was lost, or as a zombie would write of other ids. */
  echoes(partition: number, ids: readonly string[]): readonly OutgoingRecord[];
  /** Records that take effect, written with a schema that nobody has been told of. */
  fromUnknownWriter(partition: number, ids: readonly string[]): readonly OutgoingRecord[];
  close(): Promise<void>;
}

/** Who has to pass the suite: reads a journal or an inbox, and keeps its position in what it writes. */
export interface ContractConsumer {
  readonly name: string;
  readonly reads: 'inbox' | 'journal';
  /** Catalogue name of the topic it reads. */
  readonly source: string;
  /** Where its position is not one of the topic's: it stops for a person, or wipes its view and starts over. */
  readonly onForeignSource: 'stops' | 'starts-over';
  /** Opens it over the place; its books are empty the first time. */
  open(place: ContractPlace): Promise<OpenConsumer>;
}

const partitions = 2;

interface Case extends OpenConsumer {
  readonly place: ContractPlace;
  /** Appends what makes new ids take effect and gives them. */
  put(partition: number, count: number): Promise<readonly string[]>;
  /** Waits until exactly these ids have taken effect, each once. */
  expectOnce(ids: readonly string[]): Promise<void>;
  start(options?: StartOptions): Promise<ContractMember>;
}

/** What every consumer of a journal or an inbox does (DESIGN §1, §3, §4), each case for all of them at once. */
export function describeConsumers(consumers: readonly ContractConsumer[]): void {
  const each = (title: string, check: (of: Case, consumer: ContractConsumer) => Promise<void>): void => {
    describe(title, () => {
      test.concurrent.each(consumers.map((consumer) => [consumer.name, consumer] as const))(
        '%s',
        (_, consumer) => inCase(consumer, (of) => check(of, consumer)),
      );
    });
  };

  each(
    'deals with what stands there and with what comes; copies and a zombie’s words count for nothing',
    async (of) => {
      const before = [...(await of.put(0, 5)), ...(await of.put(1, 3))];
      await of.start();
      await of.expectOnce(before);
      await of.place.append(0, of.echoes(0, before.slice(0, 5)));
      const after = [...(await of.put(0, 2)), ...(await of.put(1, 1))];
      await of.expectOnce([...before, ...after]);
    },
  );

  each('waits at an empty topic, ready, for its first record', async (of) => {
    const member = await of.start();
    await until(
      () => member.notReady() === null,
      () => member.notReady(),
    );
    await of.expectOnce(await of.put(1, 1));
  });

  each('goes on where its own books say, though the group has forgotten everything', async (of) => {
    const first = await of.start();
    const before = [...(await of.put(0, 4)), ...(await of.put(1, 4))];
    await of.expectOnce(before);
    await first.stop();
    const between = await of.put(0, 3);
    await of.start({ groupId: `${of.place.groupId}-without-offsets` });
    await of.expectOnce([...before, ...between]);
    await of.expectOnce([...before, ...between, ...(await of.put(1, 2))]);
  });

  each(
    'killed between an effect and the word of it: the next owner neither loses nor doubles it',
    async (of) => {
      const ids = await of.put(0, 3);
      let hung = false;
      const victim = await of.start({ onHung: () => (hung = true) });
      await until(() => hung);
      await victim.kill();
      await of.start();
      await of.expectOnce([...ids, ...(await of.put(0, 2))]);
    },
  );

  each('two members share the partitions; one leaves, and what was its comes back', async (of) => {
    const first = await of.start();
    const ids = [...(await of.put(0, 3)), ...(await of.put(1, 3))];
    const second = await of.start();
    ids.push(...(await of.put(0, 3)), ...(await of.put(1, 3)));
    await of.expectOnce(ids);
    await until(() => first.notReady() === null && second.notReady() === null);
    ids.push(...(await of.put(0, 2)), ...(await of.put(1, 2)));
    await first.stop();
    ids.push(...(await of.put(0, 2)), ...(await of.put(1, 2)));
    await of.expectOnce(ids);
    const third = await of.start();
    await until(
      () => third.notReady() === null,
      () => third.notReady(),
    );
    ids.push(...(await of.put(0, 2)), ...(await of.put(1, 2)));
    await of.expectOnce(ids);
  });

  each('a record that nobody can read stops nobody else', async (of, { reads }) => {
    const member = await of.start();
    const before = await of.put(0, 2);
    await of.expectOnce(before);
    await of.place.append(0, [{ key: null, value: Buffer.from('no record of ours') }]);
    const behind = await of.put(0, 2);
    const beside = await of.put(1, 2);
    if (reads === 'inbox') {
      await of.expectOnce([...before, ...behind, ...beside]);
      expect(member.notReady()).toBeNull();
      return;
    }
    // Nobody skips in the books: its partition stands still, and says why.
    await of.expectOnce([...before, ...beside]);
    await until(
      () => (member.notReady() ?? '').includes('cannot be read'),
      () => member.notReady(),
    );
    await of.expectOnce([...before, ...beside]);
  });

  each('waits for a schema that the registry cannot tell yet, and skips nothing', async (of) => {
    await of.start();
    const [unknown, behind] = [of.newId(0), of.newId(0)];
    await of.place.append(0, of.fromUnknownWriter(0, [unknown]));
    await of.place.append(0, of.records(0, [behind]));
    const beside = await of.put(1, 2);
    await of.expectOnce(beside);
    await until(() => of.place.registry.asked > 0);
    await of.expectOnce(beside);
    of.place.registry.answers();
    await of.expectOnce([...beside, unknown, behind]);
  });

  each('stops where records are gone that it has not dealt with; other partitions go on', async (of) => {
    const first = await of.start();
    const before = [...(await of.put(0, 2)), ...(await of.put(1, 2))];
    await of.expectOnce(before);
    await first.stop();
    const lost = await of.put(0, 3);
    await of.place.deleteAll(0);
    const late = await of.put(0, 1);
    const member = await of.start();
    const beside = await of.put(1, 2);
    await until(() => member.notReady() !== null);
    let effects: readonly string[] = [];
    await until(async () => {
      effects = await of.effects();
      return beside.every((id) => effects.includes(id));
    });
    expect(effects.filter((id) => [...lost, ...late].includes(id))).toEqual([]);
  });

  each(
    'a topic that ends before the position in the books is not the one they were made from',
    async (of, consumer) => {
      const first = await of.start();
      const before = await of.put(0, 6);
      await of.expectOnce(before);
      await first.stop();
      const later = await openAgain(of, consumer);
      try {
        const member = await later.start();
        const fresh = await later.put(0, 1);
        if (consumer.onForeignSource === 'starts-over') return await later.expectOnce(fresh);
        await until(
          () => member.notReady() !== null,
          () => member.notReady(),
        );
        await later.expectOnce(before);
      } finally {
        await later.close();
      }
    },
  );
}

async function inCase(consumer: ContractConsumer, check: (of: Case) => Promise<void>): Promise<void> {
  const place = await openPlace(consumer.source, partitions);
  const of = caseOf(place, await consumer.open(place));
  try {
    await check(of);
  } finally {
    await of.close();
    await place.close();
  }
}

/** The same books over a topic that was made anew. */
async function openAgain(of: Case, consumer: ContractConsumer): Promise<Case> {
  const place = await of.place.renewed();
  return caseOf(place, await consumer.open(place));
}

function caseOf(place: ContractPlace, open: OpenConsumer): Case {
  const members: ContractMember[] = [];
  return {
    ...open,
    place,
    async start(options) {
      const member = await open.start(options);
      members.push(member);
      return member;
    },
    async put(partition, count) {
      const ids = Array.from({ length: count }, () => open.newId(partition));
      await place.append(partition, open.records(partition, ids));
      return ids;
    },
    async expectOnce(ids) {
      const wanted = JSON.stringify([...ids].sort());
      let found: readonly string[] = [];
      const isSame = async (): Promise<boolean> => {
        found = (await open.effects()).toSorted();
        return JSON.stringify(found) === wanted;
      };
      await until(isSame, () => differences(ids, found));
    },
    async close() {
      await Promise.all(members.map((member) => member.kill()));
      await open.close();
    },
  };
}

function differences(wanted: readonly string[], found: readonly string[]): object {
  const once = new Set(found);
  return {
    wanted: wanted.length,
    lost: wanted.filter((id) => !once.has(id)),
    unasked: found.filter((id) => !wanted.includes(id)),
    doubled: found.filter((id, i) => found.indexOf(id) !== i),
  };
}
