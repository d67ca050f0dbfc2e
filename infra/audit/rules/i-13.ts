import type { EventBody as OrderBody } from '../../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { comparePairs, type SourceMark } from '../../../schemas/source-mark.ts';
import { hashOf, MessageChain } from '../message-chain.ts';
import { type ExpectedMessage, wordsOf } from '../message-words.ts';
import * as version1 from '../reactions-1.ts';
import * as version2 from '../reactions-2.ts';
import { createFindings, type Fact, type InboxStep, type Rule, whereOf } from '../rule.ts';

/**
 * I-13: each message of the reaction table, evaluated a second time by the auditor's own frozen copy of it, arrived at
 * the inbox of its key, in its order and with what its event says, and took effect once: its first record is a cause,
 * its repeats are none, and nothing came that no event yields.
 */
export function createI13(partitions: number): Rule {
  const findings = createFindings('I-13');
  const chains = new Map<string, MessageChain>();
  /** Inbox partitions whose oldest records are gone. */
  const trimmed = new Set<string>();
  const undecided: string[] = [];
  /** Messages that are parked, by their place. */
  const parked = new Set<string>();
  let firstOffset: number | null = null;

  const chainOf = (source: string, target: string): MessageChain => {
    const name = `${source} → ${target}`;
    let chain = chains.get(name);
    if (!chain) chains.set(name, (chain = new MessageChain()));
    return chain;
  };

  function expect(fact: Fact): void {
    const { processor, partition, event } = fact;
    if (processor === 'catalogue') return;
    const messages = messagesOf(fact);
    if (messages === null)
      return findings.violate(
        `${whereOf(fact)}: version ${event.version} of the reactions is not known here`,
      );
    for (const [index, { to, key, words }] of messages.entries()) {
      const target = `${to}/${partitionOf(key, partitions)}`;
      chainOf(`${processor}/${partition}`, target).expected.add(
        { seq: event.seq, index },
        hashOf(key, words),
      );
    }
  }

  function arrive({ processor, partition, record, is }: InboxStep, mark: SourceMark): void {
    const { key, command, offset } = record;
    const target = `${processor}/${partition}`;
    const chain = chainOf(mark.source, target);
    const where = (): string =>
      `${target} inbox offset ${offset}: ${mark.source} ${mark.pair.seq}.${mark.pair.index}`;
    if (chain.last && comparePairs(mark.pair, chain.last) <= 0) {
      findings.check(is !== 'caused', () => `${where()} took effect a second time`);
      return;
    }
    const isFirst = chain.last === null && firstOffset !== 0;
    const follows = chain.last === null ? mark.prev === null : isSame(mark.prev, chain.last);
    findings.check(
      isFirst || follows,
      () => `${where()} follows another message than the last one that came from there`,
    );
    findings.check(is !== 'uncaused', () => `${where()} took no effect`);
    if (is === 'later') undecided.push(where());
    chain.last = mark.pair;
    const words = command === null ? '' : (wordsOf(command) ?? command.body.type);
    chain.arrived.add(mark.pair, hashOf(key ?? '', words));
  }

  /** A parked message has taken no effect before it is redriven. */
  function followParking({ processor, partition, event, cause }: Fact): void {
    const { body } = event;
    const at = (offset: number): string => `${processor}/${partition} inbox offset ${offset}`;
    if (body.type === 'CommandRedriven') parked.delete(at(body.offset));
    if (body.type === 'CommandParked' && typeof cause !== 'string' && cause.mark !== null)
      parked.add(at(cause.offset));
  }

  return {
    id: 'I-13',
    onFact(fact) {
      expect(fact);
      followParking(fact);
    },
    onInbox(step) {
      const { record } = step;
      if (firstOffset === null) {
        firstOffset = record.offset;
        if (firstOffset > 0) trimmed.add(`${step.processor}/${step.partition}`);
      }
      if (record.mark !== null && record.mark !== 'bad') arrive(step, record.mark);
    },
    onPartitionEnd() {
      firstOffset = null;
    },
    end({ atRest }) {
      for (const [name, chain] of chains) {
        const target = name.slice(name.indexOf('→') + 2);
        const wrong = chain.difference(trimmed.has(target), !atRest);
        findings.check(wrong === null, () => `${name}: ${wrong}`);
      }
      if (atRest) for (const where of parked) findings.violate(`${where} is parked at rest`);
      if (atRest) for (const where of undecided) findings.violate(`${where} is not decided at rest`);
      return findings.report();
    },
  };
}

/** By the version an event was decided under; null for one the auditor has no reading of. */
function messagesOf({ processor, event }: Fact): readonly ExpectedMessage[] | null {
  const version = event.version === 1 ? version1 : event.version === 2 ? version2 : null;
  if (version === null) return null;
  return processor === 'orders'
    ? version.messagesOfOrder(event.body as OrderBody)
    : version.messagesOfStock(event.body as StockBody);
}

const isSame = (a: SourceMark['prev'], b: SourceMark['pair']): boolean =>
  a !== null && comparePairs(a, b) === 0;
