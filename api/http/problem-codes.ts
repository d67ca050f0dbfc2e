/** What a problem code means. `retryable` = the very same request may succeed later. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  /** One or two sentences for its page: why it happens and what to do next. */
  readonly help: string;
}

const kind = (status: number, title: string, help: string, retryable = false): ProblemKind => ({
  status,
  title,
  retryable,
  help,
});
const again = (status: number, title: string, help: string): ProblemKind => kind(status, title, help, true);

/** Every problem code of the API: the one table that joins codes and HTTP statuses (RFC 9457, RFC 9110 §15). */
export const problemKinds = {
  'malformed-request': kind(
    400,
    'The HTTP message is malformed',
    'The request breaks the rules of HTTP/1.1 framing or repeats a header that may stand once. Send it with an ordinary HTTP client.',
  ),
  'malformed-json': kind(
    400,
    'The body is not JSON',
    'The body cannot be parsed as one JSON document (RFC 8259). Serialize it with a JSON library.',
  ),
  'not-an-object': kind(400, 'The body is not a JSON object', 'The outermost value must be an object: {…}.'),
  'duplicate-key': kind(
    400,
    'A key stands twice in one object',
    'Two readers could understand such a body differently. Send each key once.',
  ),
  'forbidden-key': kind(
    400,
    'A key is not allowed',
    'Keys such as __proto__ are refused everywhere. Remove the key.',
  ),
  'too-deep': kind(
    400,
    'The body is nested too deeply',
    'At most 20 levels are read, the outer object included.',
  ),
  'invalid-encoding': kind(
    400,
    'The body is not UTF-8',
    'Some bytes are no valid UTF-8. Encode the body as UTF-8.',
  ),
  'idempotency-key-required': kind(
    400,
    'Idempotency-Key is missing',
    'A request that changes something carries an Idempotency-Key header, one value for each intent, kept over retries.',
  ),
  'invalid-idempotency-key': kind(
    400,
    'Idempotency-Key is not usable',
    'The key is 1 to 255 visible ASCII characters, bare or as a quoted string.',
  ),
  'invalid-id': kind(
    400,
    'The id in the path is not one',
    'Ids and SKUs have fixed patterns; copy them from an answer of this API.',
  ),
  'invalid-query': kind(
    400,
    'A query parameter is not usable',
    'Each parameter is known, stands once and has a value of its kind; the document at /openapi.json lists them.',
  ),
  'invalid-cursor': kind(
    400,
    'The cursor or event position is not one of ours',
    'Cursors are opaque and bound to their filters: take nextCursor as it is, or start without one. Last-Event-ID is the id of an event received.',
  ),
  'range-too-wide': kind(
    400,
    'The range has too many buckets',
    'At most 10,000 buckets are answered: choose a wider bucket or a shorter range.',
  ),
  'credential-in-url': kind(
    400,
    'A credential stands in the URL',
    'URLs end up in logs and histories. Send the key in the Authorization header, and revoke the one that was in the URL.',
  ),
  unauthenticated: kind(
    401,
    'No valid API key',
    'Send Authorization: Bearer mr_…; the key may be mistyped, unknown, expired or revoked.',
  ),
  'insufficient-scope': kind(
    403,
    'The key may not do this',
    'The key is valid but lacks the scope this route needs. Use or create a key that has it.',
  ),
  'not-found': kind(
    404,
    'There is nothing here',
    'The path is unknown, or no such object belongs to the store of your key.',
  ),
  'method-not-allowed': kind(
    405,
    'The method is not allowed here',
    'The Allow header lists the methods of this path.',
  ),
  'not-acceptable': kind(
    406,
    'No representation you accept',
    'This route answers application/json (or text/event-stream where it says so). Change the Accept header.',
  ),
  'request-timeout': again(
    408,
    'The request took too long to arrive',
    'Headers must arrive within 3 s and the whole request within 5 s.',
  ),
  'request-in-progress': again(
    409,
    'The first request with this key is still running',
    'Wait for Retry-After seconds and send the same request again.',
  ),
  'order-state-conflict': kind(
    409,
    'The order is not in a state for this',
    'The reason names the rule of the order. Read the order, then decide.',
  ),
  'quote-stale': kind(
    409,
    'The quote is no longer honoured',
    'Prices are honoured until the quote expires. The new quote is in the answer.',
  ),
  'version-mismatch': kind(
    412,
    'The resource has another version',
    'Somebody changed it since you read it. Read it again and repeat your change with the new ETag.',
  ),
  'payload-too-large': kind(413, 'The body is too large', 'At most 65,536 bytes are read.'),
  'uri-too-long': kind(414, 'The request target is too long', 'At most 2,048 bytes are read.'),
  'unsupported-media-type': kind(
    415,
    'The body must be application/json',
    'Send Content-Type: application/json, with no charset or utf-8.',
  ),
  'unsupported-content-encoding': kind(
    415,
    'Compressed bodies are not read',
    'Send the body as it is, without Content-Encoding.',
  ),
  'expectation-failed': kind(
    417,
    'The expectation cannot be met',
    'Only Expect: 100-continue is understood.',
  ),
  'validation-failed': kind(
    422,
    'Some fields are not valid',
    'errors lists them: pointer (RFC 6901), code and what is wanted.',
  ),
  'idempotency-key-reused': kind(
    422,
    'The Idempotency-Key belongs to another request',
    'This key was used with another body. The first request stands; take a new key for a new intent.',
  ),
  'price-mismatch': kind(
    422,
    'A price differs from ours',
    'The server prices from the catalogue. Leave unitPriceMinor out, or refresh the price you show. A trusted channel needs the scope orders:priced.',
  ),
  'total-mismatch': kind(
    422,
    'The expected total differs from ours',
    'Refresh the prices you show, then place the order again with a new Idempotency-Key.',
  ),
  'amount-out-of-range': kind(
    422,
    'An amount is out of range',
    'A total is at most 2^53 − 1 minor units. Split the order.',
  ),
  'unknown-sku': kind(
    422,
    'A SKU is not in the catalogue',
    'The pointer names the line. Take SKUs from the catalogue of your store.',
  ),
  'unsupported-currency': kind(
    422,
    'The store does not sell in this currency',
    'Use a currency of the store in which every line has a price.',
  ),
  'currency-mismatch': kind(
    422,
    'Another currency than the order',
    'Amounts of an order are in the currency of the order.',
  ),
  'card-data-forbidden': kind(
    422,
    'The body holds card data',
    'Card numbers and security codes never enter this system. Send the token of your payment provider.',
  ),
  'refund-exceeds-captured': kind(
    422,
    'The refund is larger than what was captured',
    'At most what was captured and not yet refunded can be given back.',
  ),
  'headers-too-large': kind(
    431,
    'The header section is too large',
    'At most 100 header lines and 16 KB are read.',
  ),
  'rate-limited': again(
    429,
    'Too many requests',
    'Wait for Retry-After seconds. RateLimit says what is left.',
  ),
  'quota-exceeded': again(429, 'The quota is used up', 'Retry-After points at its reset.'),
  overloaded: again(
    503,
    'The server sheds load',
    'Nothing was done. Wait for Retry-After seconds and send the same request again.',
  ),
  unavailable: again(
    503,
    'Not available now',
    'It is not known whether the request took effect. Send the same request with the same Idempotency-Key after Retry-After seconds: it takes effect once.',
  ),
  'view-unavailable': again(
    503,
    'The read view is not available',
    'What was placed is safe in the log. Wait for Retry-After seconds and read again.',
  ),
  'view-behind': again(
    503,
    'The read view has not come so far yet',
    'The view does not yet include the coordinate in after. Wait for Retry-After seconds and read again.',
  ),
  'internal-error': again(
    500,
    'A fault of ours',
    'This is a bug. Report the requestId; a retry with the same Idempotency-Key is safe.',
  ),
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof problemKinds;

export const problemCodes = Object.keys(problemKinds) as readonly ProblemCode[];

/** The kind of a code from a URL, or null. */
export const parseProblemCode = (text: string): ProblemCode | null =>
  Object.hasOwn(problemKinds, text) ? (text as ProblemCode) : null;
