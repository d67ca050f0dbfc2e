/** Reads what a `ByteWriter` wrote. Throws a RangeError where the bytes end early. */
export class ByteReader {
  private readonly bytes: Buffer;
  private at: number;
  private readonly end: number;

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.at;
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond 2^53');
    return value;
  }

  int(): number {
    return this.flag() ? -this.uint() : this.uint();
  }

  flag(): boolean {
    return this.uint() === 1;
  }

  /** One of the list that it was written with. */
  choice<T>(values: readonly T[]): T {
    const at = this.uint();
    const value = values[at];
    if (value === undefined) throw new RangeError(`choice ${at} of ${values.length}`);
    return value;
  }

  text(): string {
    const length = this.take();
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** A view. */
  raw(): Buffer {
    const length = this.take();
    return this.bytes.subarray(this.at - length, this.at);
  }

  optional<T>(read: () => T): T | null {
    return this.flag() ? read() : null;
  }

  list<T>(read: () => T): T[] {
    const count = this.uint();
    if (count > this.left) throw new RangeError(`a list of ${count} in ${this.left} bytes`);
    return Array.from({ length: count }, read);
  }

  /** Reads a length and steps over that many bytes. */
  private take(): number {
    const length = this.uint();
    if (length > this.left) throw new RangeError(`${length} bytes are wanted, ${this.left} are left`);
    this.at += length;
    return length;
  }

  private byte(): number {
    if (this.at >= this.end) throw new RangeError('the bytes end early');
    const byte = this.bytes[this.at] ?? 0;
    this.at += 1;
    return byte;
  }
}
