import type { Command } from 'commander';
import { z } from 'zod';
import { getFromApi } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';

const place = z.looseObject({ topic: z.string(), partition: z.number(), offset: z.number() });
const history = { complete: z.boolean(), ledger: z.string() };

/** What the story needs of an order and its history. */
const storySchema = z.looseObject({
  orderId: z.string(),
  status: z.string(),
  currency: z.string().optional(),
  waitingFor: z
    .array(
      z.looseObject({
        whom: z.string(),
        what: z.string(),
        since: z.string().nullable(),
        until: z.string().nullable(),
        next: z.string().nullable(),
        nextCheckAt: z.string().nullable(),
      }),
    )
    .default([]),
  expanded: z
    .looseObject({
      events: z.looseObject({
        ...history,
        data: z.array(
          z.looseObject({
            position: z.string(),
            type: z.string(),
            at: z.string(),
            detail: z.record(z.string(), z.unknown()).nullable(),
          }),
        ),
      }),
      payment: z.looseObject({
        calls: z.array(
          z.looseObject({
            opId: z.string(),
            kind: z.string(),
            attempt: z.number(),
            key: z.string(),
            amountMinor: z.number(),
            reference: z.string().nullable(),
            answers: z.array(z.looseObject({ type: z.string(), code: z.string().nullable() })),
            lookUps: z.array(z.unknown()),
          }),
        ),
      }),
      holds: z.array(z.looseObject({ sku: z.string(), quantity: z.number(), state: z.string() })),
      lineage: z.looseObject({
        records: z.array(
          z.looseObject({
            position: z.string(),
            record: place,
            cause: place,
            source: z.looseObject({ task: z.string(), seq: z.number(), index: z.number() }).nullable(),
          }),
        ),
        view: z.looseObject({ partition: z.number(), cause: z.number(), watermark: z.string().nullable() }),
      }),
    })
    .optional(),
});
export type Story = z.infer<typeof storySchema>;

const coordinate = ({ topic, partition, offset }: z.infer<typeof place>): string =>
  `${topic}/${partition}@${offset}`;

/** Whom the order waits for, one line each. */
function waitLines({ waitingFor }: Story): readonly string[] {
  if (waitingFor.length === 0) return ['  for nobody'];
  return waitingFor.map(({ whom, what, until, next, nextCheckAt }) => {
    const then = until === null ? 'without an end' : `until ${until}${next === null ? '' : `, then ${next}`}`;
    const check = nextCheckAt === null ? '' : `; next look-up ${nextCheckAt}`;
    return `  ${whom}: ${what}, ${then}${check}`;
  });
}

function eventRows({ expanded }: Story): readonly (readonly string[])[] {
  const records = new Map(expanded?.lineage.records.map((record) => [record.position, record]));
  return (expanded?.events.data ?? []).map(({ position, type, at }) => {
    const record = records.get(position);
    const source = record?.source;
    const from = source ? `${source.task} ${source.seq}.${source.index}` : '';
    return [
      `  ${position}`,
      at,
      type,
      ...(record ? [coordinate(record.record), coordinate(record.cause), from] : ['-', '-', '']),
    ];
  });
}

const callRows = ({ expanded }: Story): readonly (readonly string[])[] =>
  (expanded?.payment.calls ?? []).map(({ kind, attempt, key, amountMinor, reference, answers, lookUps }) => [
    `  ${kind} ${attempt}`,
    String(amountMinor),
    `key ${key}`,
    reference ?? 'no reference',
    answers.map(({ type, code }) => (code === null ? type : `${type} (${code})`)).join(', ') || 'no answer',
    `${lookUps.length} look-ups`,
  ]);

/** An order's story as text: whom it waits for, then every event, call, hold and position that is known. */
export function storyText(story: Story): string {
  const { orderId, status, expanded } = story;
  const head = [`${orderId}  ${status}`, 'waits', ...waitLines(story)];
  if (!expanded) return head.join('\n');
  const { events, lineage, holds } = expanded;
  const known = events.ledger === 'read' ? '' : ' (the ledger is away: only the newest, without details)';
  const some = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
    rows.length === 0 ? [] : [title, table(rows)];
  const { view } = lineage;
  return [
    ...head,
    ...some(`events${events.complete ? '' : ', incomplete'}${known}`, eventRows(story)),
    ...some('calls to the provider', callRows(story)),
    ...some(
      'holds',
      holds.map(({ sku, quantity, state }) => [`  ${sku}`, String(quantity), state]),
    ),
    `view of partition ${view.partition}: includes commands to ${view.cause}, complete to ${view.watermark ?? '-'}`,
  ].join('\n');
}

async function showOrder(
  id: string,
  options: ApiTargetOptions & { readonly explain?: boolean },
): Promise<void> {
  const expand = options.explain ? '?expand=events,payment,holds,lineage' : '';
  const answer = await getFromApi(await apiTarget(options), `/v1/orders/${encodeURIComponent(id)}${expand}`);
  const story = await parsedAnswer(answer, storySchema);
  createOutput(options).data(story, storyText(story));
}

/** `millrace orders show <id> --explain`. */
export function registerOrderStory(orders: Command): void {
  withApiOptions(withCommonOptions(orders.command('show <id>')))
    .description('whom an order waits for, until when, and what happens then')
    .option(
      '--explain',
      'every event with its records and cause, each call to the provider, holds, positions',
    )
    .action(showOrder);
}
