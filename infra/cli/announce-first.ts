import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { operatorActor } from '../../schemas/audit-chain.ts';
import { type Announcement, openAuditLog } from '../clients/audit-log.ts';
import type { LinkConfig } from '../clients/links.ts';
import { sourceUnavailable } from './cli-error.ts';
import { operatorName } from './operator-name.ts';

/**
 * Puts what an operator is about to do on the audit log, for commands whose effect is not on the log. Throws CliError
 * (69) unless it is acknowledged: then nothing may be done.
 */
export async function announceFirst(
  config: LinkConfig,
  effect: Pick<Announcement, 'what' | 'target' | 'reason'>,
): Promise<void> {
  try {
    const { audit, close } = await openAuditLog(config, pino({ level: 'silent' }));
    try {
      await audit.announce({ ...effect, actor: operatorActor(operatorName()), effectId: randomUUID() });
    } finally {
      await close();
    }
  } catch (error) {
    throw sourceUnavailable(error);
  }
}
