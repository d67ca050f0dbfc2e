import { callFaults } from '../psp/simulator/call-faults.ts';
import { controlHelp } from '../psp/simulator/control.ts';
import { settlementFaults, tokenBehaviours, webhookFaults } from '../psp/simulator/token-behaviours.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

/** `psp-simulator.md`: test tokens, faults and controls of the simulator provider, from the tables it runs by. */
export function pspSimulatorPage(): ReferencePage {
  const generated = new Set(
    Object.keys(callFaults).flatMap((fault) =>
      ['', 'capture_', 'void_', 'refund_'].map((kind) => `tok_${kind}${fault.replaceAll('-', '_')}`),
    ),
  );
  const tokens = [...tokenBehaviours].filter(([token]) => !generated.has(token));
  const rows = (
    table: Readonly<Record<string, { readonly does: string; readonly seen: string }>>,
    prefix = '',
  ) => Object.entries(table).map(([name, { does, seen }]) => [code(prefix + name), does, seen]);
  return page('psp-simulator.md', 'The simulator provider', 'infra/psp/simulator/', [
    'Test tokens, faults and controls. How to use them: [how-to](../how-to/break-the-payments.md). A token that stands in no table here is a payment method nobody issued: declined as `invalid_method`.',
    '## Test tokens',
    markdownTable(
      ['Token', 'The provider', 'Must be seen'],
      tokens.map(([token, { does, seen }]) => [code(token), does, seen]),
    ),
    '## Faults of a call',
    'As a token they meet the first call of an operation: `tok_lost_reply` of the authorization, `tok_capture_lost_reply`, `tok_void_lost_reply`, `tok_refund_lost_reply` of the others (`-` is spelled `_`). As a rate (`MILLRACE_PSP_FAULTS=lost-reply:0.05,429:0.01`) any call, drawn from seed and operation. Planned, the next call that fits.',
    markdownTable(['Fault', 'The provider', 'Must be seen'], rows(callFaults)),
    '## Faults of webhooks',
    'As a token `tok_webhook_twice` and so on; as a rate `webhook-twice:0.1`.',
    markdownTable(['Fault', 'The provider', 'Must be seen'], rows(webhookFaults)),
    '## Faults of settlement files',
    'As a token `tok_settlement_missing` and so on, or planted by a control.',
    markdownTable(['Fault', 'The provider', 'Must be seen'], rows(settlementFaults)),
    '## Controls',
    '`POST /control` with `{"do": …}`. Each stands in the provider’s ledger before its answer, so a kill forgets none. `payment` is the id of a payment or of an operation on it.',
    markdownTable(
      ['`do`', 'Does'],
      Object.entries(controlHelp).map(([name, help]) => [code(name), help]),
    ),
  ]);
}
