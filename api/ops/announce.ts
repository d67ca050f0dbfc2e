import { type Announcement, type AuditLog, AuditUnavailable } from '../../infra/clients/audit-log.ts';
import { Problem } from '../http/problem.ts';

/** Puts a privileged effect on the audit log. Throws `unavailable` unless it is acknowledged: the effect is not sent then. */
export type Announce = (effect: Announcement) => Promise<void>;

export const announceTo =
  (audit: Pick<AuditLog, 'announce'>): Announce =>
  async (effect) => {
    try {
      await audit.announce(effect);
    } catch (cause) {
      if (!(cause instanceof AuditUnavailable)) throw cause;
      throw new Problem('unavailable', {
        detail:
          'The audit log did not acknowledge this request, so nothing was done. Send it again with the same key.',
        cause,
      });
    }
  };
