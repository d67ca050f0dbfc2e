import { type Group, type Groups, type Session } from './api.ts';
import { ago, count, dash, instant } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { BehindChart, Figures, Table } from './table.tsx';

/** Lag that a reader who keeps up does not come to, seconds. */
const behindS = 30;

type Partition = Group['partitions'][number];

interface Verdict {
  readonly word: 'keeps up' | 'behind' | 'nobody' | 'unknown';
  readonly sign: string;
}

/** What a reader's lag says: records that wait and nobody to read them, a lag that is too long, or all well. */
function verdictOf({ owner, lagRecords, lagSeconds }: Partition): Verdict {
  if (lagRecords === null) return { word: 'unknown', sign: '?' };
  if (lagRecords > 0 && owner === null) return { word: 'nobody', sign: '✕' };
  return (lagSeconds ?? 0) > behindS ? { word: 'behind', sign: '!' } : { word: 'keeps up', sign: '✓' };
}

const advice: Readonly<Record<Verdict['word'], string>> = {
  'keeps up': '',
  behind: 'It reads, but slower than records come: look at its log and at what it writes to.',
  nobody: 'Records wait and no process has the partition: start the role.',
  unknown: 'Its engine does not answer, or it has not begun.',
};

/** How far each consumer group is behind, partition by partition. */
export function ConsumersPage({ session }: { session: Session }) {
  const live = useLive<Groups>('/v1/ops/groups');
  return (
    <>
      <div class="title">
        <h1>Consumers</h1>
      </div>
      <Panel
        id="groups"
        title="Lag by group and partition"
        live={live}
        freshness={justAsked}
        isEmpty={({ data }) => data.length === 0}
        emptyText="There is no group."
        emptyHelp={
          <>
            Run <code>npm start</code>.
          </>
        }
      >
        {({ data }) =>
          data.map((group) => <OneGroup key={group.group} group={group} zone={session.timeZone} />)
        }
      </Panel>
    </>
  );
}

function OneGroup({ group, zone }: { group: Group; zone: string }) {
  const topics = [...Map.groupBy(group.partitions, ({ topic }) => topic)];
  const bad = [...new Set(group.partitions.map((partition) => verdictOf(partition).word))].filter(
    (word) => word !== 'keeps up',
  );
  return (
    <section class="group" aria-labelledby={`group-${group.group}`}>
      <h3 id={`group-${group.group}`}>{group.group}</h3>
      <Figures
        entries={[
          { label: 'Members', text: count(group.members), isSmall: true },
          { label: 'Records waiting', text: count(group.lagRecords), isSmall: true },
          {
            label: 'Oldest waits',
            text: group.lagSeconds === null ? dash : ago(group.lagSeconds),
            isSmall: true,
          },
        ]}
      />
      {topics.map(([topic, partitions]) => (
        <div key={topic} class="lag-row">
          <span class="note">{topic}</span>
          <ul class="grid" aria-label={`Partitions of ${topic}`}>
            {partitions.map((partition) => {
              const { word, sign } = verdictOf(partition);
              return (
                <li key={partition.partition} class={`cell ${word.replace(' ', '-')}`} title={word}>
                  <span aria-hidden="true">
                    {partition.partition} {sign}
                  </span>
                  <strong aria-hidden="true">{count(partition.lagRecords)}</strong>
                  <span class="hidden">
                    partition {partition.partition}: {word}, {count(partition.lagRecords)} waiting
                  </span>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
      {bad.map((word) => (
        <p key={word} class="note">
          <strong>{word}</strong>: {advice[word]}
        </p>
      ))}
      <BehindChart label={`Partitions of ${group.group}`}>
        <Table
          caption={`Partitions of ${group.group}; offsets of Kafka`}
          columns={[
            { title: 'Partition', cell: ({ topic, partition }) => `${topic} ${partition}` },
            { title: 'Verdict', cell: (partition) => verdictOf(partition).word },
            { title: 'Owner', cell: ({ owner }) => owner ?? dash },
            { title: 'Waiting', cell: ({ lagRecords }) => count(lagRecords) },
            { title: 'Oldest', cell: ({ lagSeconds }) => (lagSeconds === null ? dash : ago(lagSeconds)) },
            { title: 'Next', cell: ({ nextOffset }) => count(nextOffset) },
            { title: 'End', cell: ({ endOffset }) => count(endOffset) },
            {
              title: 'Last take-over',
              cell: ({ lastTakeOver }) =>
                lastTakeOver === null
                  ? dash
                  : `${lastTakeOver.owner}, ${instant(lastTakeOver.at, nowMs(), zone)}, ${count(lastTakeOver.durationMs)} ms`,
            },
          ]}
          rows={group.partitions}
        />
      </BehindChart>
    </section>
  );
}
