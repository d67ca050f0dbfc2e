import { principals, userOf } from './principals.ts';
import { redisAccess } from './redis-access.ts';
import { digestOf, engineUsers } from './secrets-folder.ts';

/**
 * The `aclfile` of Redis: a line a user, passwords as digests, everything off that is not named. Throws SecretMissing.
 */
export function redisUsersFile(secretsFolder: string): string {
  const users = engineUsers(secretsFolder).filter(({ engine }) => engine === 'redis');
  const lines = principals.flatMap((principal) => {
    const access = redisAccess[principal];
    const user = users.find(({ username }) => username === userOf(principal));
    if (access === undefined || user === undefined) return [];
    const { commands, keys, readKeys } = access;
    const rules = [
      ...keys.map((key) => `~${key}`),
      ...readKeys.map((key) => `%R~${key}`),
      ...[...new Set(commands)].map((command) => `+${command}`),
    ];
    return `user ${user.username} reset on #${digestOf(user)} ${rules.join(' ')}`;
  });
  return `${['user default reset off', ...lines].join('\n')}\n`;
}
