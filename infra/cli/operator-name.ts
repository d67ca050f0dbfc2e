import { userInfo } from 'node:os';

/** Who types: the account's name, which stands in the audit log as `operator:<name>`. */
export const operatorName = (): string => userInfo().username;
