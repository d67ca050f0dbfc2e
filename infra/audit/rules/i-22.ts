import type { AnyCommand, AnyEvent, RedisEntry } from '../recording.ts';
import { createFindings, type Rule } from '../rule.ts';
import { createSecretScan, type SecretScan } from '../secret-scan.ts';

/** Fields that hold SKUs, which may look like any number. */
const skuFields = new Set(['sku', 'holdId', 'key']);

/** I-22: no planted canary, no API key, and no card number in a text of topics, views, logs and data files. */
export function createI22(): Rule {
  const findings = createFindings('I-22');
  let scan: SecretScan | null = null;

  const look = (text: string, isText: boolean, where: () => string): void => {
    const found = scan?.(text, isText) ?? null;
    findings.check(found === null, () => `${where()} holds ${found}`);
  };

  /** Every text of a record; numbers and ids of SKUs are left alone. */
  function lookInto(value: unknown, field: string, where: () => string): void {
    if (typeof value === 'string') look(value, !skuFields.has(field), where);
    else if (Array.isArray(value)) for (const item of value) lookInto(item, field, where);
    else if (value instanceof Uint8Array) look(Buffer.from(value).toString('latin1'), false, where);
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) lookInto(part, name, where);
  }

  const lookIntoRecord = (
    value: AnyCommand | AnyEvent | null,
    topic: string,
    partition: number,
    offset: number,
  ): void => lookInto(value, '', () => `${topic} partition ${partition} offset ${offset}`);

  return {
    id: 'I-22',
    begin({ given }) {
      scan = given.secrets && createSecretScan(given.secrets.canaries);
    },
    onJournal({ processor, partition, record }) {
      if (scan) lookIntoRecord(record.event, `${processor}.events`, partition, record.offset);
    },
    onInbox({ processor, partition, record }) {
      if (scan) lookIntoRecord(record.command, `${processor}.commands`, partition, record.offset);
    },
    onRedis(_, { key, value }: RedisEntry) {
      if (!scan) return;
      if (value.is === 'string') lookInto(parsed(value.text), '', () => key);
      if (value.is === 'hash') lookInto(value.fields, '', () => key);
      if (value.is === 'stream')
        for (const { fields } of value.entries)
          for (const text of Object.values(fields)) lookInto(parsed(text), '', () => key);
    },
    onText({ where, text, isText }) {
      look(text, isText, () => where);
    },
    end: ({ given }) =>
      findings.report(given.secrets === null ? 'it was not asked to look for secrets' : undefined),
  };
}

/** A JSON document's parts, so that its numbers are not taken for texts; else the text itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
