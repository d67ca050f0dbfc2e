/**
 * Every rule of reliability §2 in the order of its reports. `holds` says in a few words what it holds the pipeline to;
 * `always`: any run of the whole pipeline with a client gives it something to check, so that nothing checked makes an
 * audit void. The others speak of what need not happen, or of what an audit has to be given.
 */
export const ruleCatalogue = {
  'I-01': { holds: 'every 202 has one order, no refusal has one', always: true },
  'I-02': { holds: 'ids, keys and partitions are derived', always: true },
  'I-03': { holds: 'one writer, dense numbers, every command decided', always: true },
  'I-04': { holds: 'every order goes a way of the published table', always: true },
  'I-05': { holds: 'every order ends once', always: true },
  'I-06': { holds: 'stock adds up at every step, nothing oversold', always: true },
  'I-07': { holds: 'every hold ends once', always: true },
  'I-08': { holds: 'what is sold is committed', always: true },
  'I-09': { holds: 'no hold is released while money is in doubt', always: false },
  'I-10': { holds: 'captured is the total', always: true },
  'I-11': { holds: 'the provider’s book is ours, each intent first', always: false },
  'I-12': { holds: 'time never falls, nothing is older than a watermark', always: true },
  'I-13': { holds: 'each message arrived and took effect once', always: true },
  'I-14': { holds: 'Redis is the fold of the journal', always: true },
  'I-15': { holds: 'Redis rebuilt has the same bytes', always: false },
  'I-16': { holds: 'ClickHouse is the fold of the journal', always: true },
  'I-17': { holds: 'complete buckets of an answer never change', always: false },
  'I-18': { holds: 'each refusal, decline, expiry, quarantine is justified', always: false },
  'I-19': { holds: 'the run ended as it was modelled', always: false },
  'I-20': { holds: 'at rest: no lag, watermarks younger than 20 s', always: false },
  'I-21': { holds: 'everything is of the store of its credential', always: true },
  'I-22': { holds: 'no secret and no card number in any text', always: false },
  'I-23': { holds: 'privileged effects are audited, each before it is done', always: true },
  'I-24': { holds: 'everything declared was reached', always: false },
} as const;

export type RuleId = keyof typeof ruleCatalogue;
export const ruleIds = Object.keys(ruleCatalogue) as readonly RuleId[];

/** Rules that every audit of a whole pipeline can check. */
export const alwaysChecked: readonly RuleId[] = ruleIds.filter((id) => ruleCatalogue[id].always);
