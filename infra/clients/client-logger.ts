/** Where a client's own log lines go; pino fits. Fields are an allow-list: never a body, a header or a secret. */
export interface ClientLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
