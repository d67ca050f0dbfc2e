/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The id that stood last in the stream; `''` before the first. */
  readonly id: string;
}

/**
 * Reads the bytes of a `text/event-stream` however they are cut (WHATWG HTML §9.2.6). Comments, heartbeats among them,
 * are no events: whoever watches for signs of life counts the calls.
 */
export class ServerSentEventReader {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #type = '';
  #data: string[] = [];
  #id = '';

  /** The events that these bytes complete. */
  read(bytes: Uint8Array): readonly ServerSentEvent[] {
    const ends = /\r\n|\n|\r(?!$)/g; // a CR at the end may be half of a CRLF
    ends.lastIndex = Math.max(0, this.#rest.length - 1); // what came before has been looked through
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const events: ServerSentEvent[] = [];
    let begin = 0;
    for (let end = ends.exec(this.#rest); end !== null; end = ends.exec(this.#rest)) {
      const event = this.#line(this.#rest.slice(begin, end.index));
      begin = end.index + end[0].length;
      if (event !== null) events.push(event);
    }
    this.#rest = this.#rest.slice(begin);
    return events;
  }

  #line(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }

  #dispatch(): ServerSentEvent | null {
    const [type, data] = [this.#type, this.#data];
    this.#type = '';
    this.#data = [];
    if (data.length === 0) return null;
    return { type: type === '' ? 'message' : type, data: data.join('\n'), id: this.#id };
  }
}
