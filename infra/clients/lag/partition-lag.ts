import { z } from 'zod';

const count = z.int().min(0).nullable();

/** The last take-over of a partition, as its owner wrote it beside the group's offset. */
const takeOverSchema = z.object({
  owner: z.string().meta({ description: 'Instance id of who took over.', example: 'stock-2' }),
  at: z.string().meta({ description: 'When it was done.' }),
  durationMs: z.int().min(0).meta({ description: 'From the assignment to the first new record.' }),
  events: z.int().min(0).meta({ description: 'Journal records it read for that; a snapshot spares most.' }),
});

/**
 * How far one reader of a partition is behind. Everything comes from what the reader wrote, nothing from its process, so
 * a dead or frozen one is seen too. Null is unknown, never zero.
 */
const partitionLagSchema = z.object({
  topic: z.string().meta({ description: 'What the group reads.', example: 'stock.commands.v1' }),
  partition: z.int().min(0),
  owner: z
    .string()
    .nullable()
    .meta({ description: 'Instance id of the member that has the partition now.', example: 'stock-2' }),
  position: z.string().nullable().meta({
    description: '`<journal partition>.<seq>` of the last event decided or folded; null for payments.',
    example: '2.8817',
  }),
  nextOffset: count.meta({
    description:
      'First offset that waits: behind the highest cause in the journal (processors), behind the position in Redis or ClickHouse (views, sink), at the oldest unreported operation (payments).',
  }),
  endOffset: count,
  committedOffset: count.meta({ description: 'Of the Kafka group: a hint, nobody starts there.' }),
  lagRecords: count.meta({ description: 'endOffset − nextOffset.' }),
  lagSeconds: z.number().min(0).nullable().meta({
    description: 'Age of the oldest record that waits, by its time in the log; 0 when none does.',
  }),
  staleSeconds: z
    .number()
    .min(0)
    .nullable()
    .meta({ description: 'Age of the last watermark folded; views and sink only.' }),
  lastTakeOver: takeOverSchema.nullable(),
});

export const groupLagSchema = z.object({
  group: z.string().meta({ description: 'The role.', example: 'stock' }),
  members: z.int().min(0).nullable().meta({ description: 'Processes in the group now.' }),
  lagRecords: count.meta({ description: 'Of all its partitions; null while one is unknown.' }),
  lagSeconds: z.number().min(0).nullable().meta({ description: 'The worst of its partitions.' }),
  partitions: z.array(partitionLagSchema),
});

export type TakeOver = z.infer<typeof takeOverSchema>;
export type PartitionLag = z.infer<typeof partitionLagSchema>;
export type GroupLag = z.infer<typeof groupLagSchema>;
