/** Writes plain values one behind the other; `ByteReader` reads them back in the same order. One owner, reused. */
export class ByteWriter {
  private bytes: Buffer = Buffer.allocUnsafeSlow(4_096);
  private end = 0;

  /** Begins anew; what `written` returned before may be overwritten. */
  clear(): void {
    this.end = 0;
  }

  /** What was written since `clear`: a view, valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** A whole number from 0 to 2^53 − 1, seven bits a byte, lowest first. Throws a RangeError for any other. */
  uint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no whole number from 0`);
    this.room(8);
    let rest = value;
    while (rest > 0x7f_ff_ff_ff) {
      this.bytes[this.end] = (rest % 128) + 128;
      this.end += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.bytes[this.end] = (rest & 127) | 128;
      this.end += 1;
      rest >>>= 7;
    }
    this.bytes[this.end] = rest;
    this.end += 1;
  }

  /** A whole number of either sign. */
  int(value: number): void {
    this.flag(value < 0);
    this.uint(Math.abs(value));
  }

  flag(value: boolean): void {
    this.uint(value ? 1 : 0);
  }

  /** One of a fixed list, as its place there: a list may only grow at its end. Throws a RangeError for any other. */
  choice<T>(values: readonly T[], value: T): void {
    const at = values.indexOf(value);
    if (at === -1) throw new RangeError(`${String(value)} is none of ${values.join(', ')}`);
    this.uint(at);
  }

  /** UTF-8 with its length in bytes before. */
  text(value: string): void {
    const { length } = value;
    this.room(8 + 3 * length);
    const start = this.end;
    if (length < 128) {
      // ids and codes: ASCII, and shorter than a call into Node's own encoder pays for
      let at = start + 1;
      let i = 0;
      for (; i < length; i += 1) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        this.bytes[at] = code;
        at += 1;
      }
      if (i === length) {
        this.bytes[start] = length;
        this.end = at;
        return;
      }
    }
    this.uint(Buffer.byteLength(value));
    this.end += this.bytes.write(value, this.end);
  }

  raw(value: Uint8Array): void {
    this.room(8 + value.length);
    this.uint(value.length);
    this.bytes.set(value, this.end);
    this.end += value.length;
  }

  /** A flag, then the value where there is one. */
  optional<T>(value: T | null, write: (value: T) => void): void {
    this.flag(value !== null);
    if (value !== null) write(value);
  }

  /** The count, then each. */
  list<T>(values: readonly T[], write: (value: T) => void): void {
    this.uint(values.length);
    for (const value of values) write(value);
  }

  private room(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.end + count));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}
