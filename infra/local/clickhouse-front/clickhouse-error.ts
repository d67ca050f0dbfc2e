const statusOfCode = new Map<number, number>();
const codesByStatus: Readonly<Record<number, readonly number[]>> = {
  400: [
    6, 15, 16, 25, 26, 27, 36, 38, 41, 44, 53, 62, 67, 69, 72, 117, 166, 167, 168, 318, 321, 376, 427, 675,
    676,
  ],
  401: [194],
  403: [192, 193, 497, 512, 516],
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 205, 511, 336],
  408: [159],
  411: [381],
  413: [206],
  415: [737],
  501: [48],
  503: [76, 209, 439],
};
for (const [status, codes] of Object.entries(codesByStatus))
  for (const code of codes) statusOfCode.set(code, Number(status));

/** An error as ClickHouse's HTTP interface tells it: code, `Code: N. DB::Exception: …`, name in brackets at the end. */
export class ClickhouseError extends Error {
  readonly code: number;
  /** The HTTP status the server gives for this code (its `exceptionCodeToHTTPStatus.cpp`). */
  readonly status: number;
  /** The body of the answer. */
  readonly body: string;

  constructor(code: number, text: string, name?: string) {
    super(text);
    this.name = 'ClickhouseError';
    this.code = code;
    this.status = statusOfCode.get(code) ?? 500;
    this.body = name === undefined ? `${text}\n` : `Code: ${code}. DB::Exception: ${text}. (${name})\n`;
  }
}

/** Whatever chDB or our own code threw, as a `ClickhouseError`; an unknown thing becomes code 1001 (STD_EXCEPTION). */
export function toClickhouseError(thrown: unknown): ClickhouseError {
  if (thrown instanceof ClickhouseError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = /Code: (\d+)\. DB::/.exec(message)?.[1];
  return code === undefined
    ? new ClickhouseError(1001, message, 'STD_EXCEPTION')
    : new ClickhouseError(Number(code), message);
}
