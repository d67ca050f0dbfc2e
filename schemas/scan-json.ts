/** What a JSON text shows before any object is made of it. */
export interface JsonScan {
  /** Deepest nesting, the outer value included. */
  readonly depth: number;
  /** First key that stands twice in one object or is forbidden, in the order of the text. */
  readonly keyFault: 'duplicate-key' | 'forbidden-key' | null;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

/** Keys through which an object could reach its prototype. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * One flat pass over a JSON text, without recursion; gives up counting below `depthMax`.
 * The text may be malformed: then the result is of no use, but nothing is thrown.
 */
export function scanJson(text: string, depthMax: number): JsonScan {
  /** Keys of each open object, null for an open array. */
  const open: (Set<string> | null)[] = [];
  let keyFault: JsonScan['keyFault'] = null;
  let depth = 0;
  let isKey = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      const end = endOfString(text, i);
      if (isKey && keyFault === null) keyFault = judgeKey(text.slice(i, end + 1), open.at(-1));
      isKey = false;
      i = end;
    } else if (code === openBrace || code === openBracket) {
      isKey = code === openBrace;
      open.push(isKey ? new Set() : null);
      if (open.length > depth) depth = open.length;
      if (depth > depthMax) return { depth, keyFault };
    } else if (code === closeBrace || code === closeBracket) {
      open.pop();
      isKey = false;
    } else if (code === comma) {
      isKey = (open.at(-1) ?? null) !== null;
    }
  }
  return { depth, keyFault };
}

/** Index of the quote that ends the string starting at `start`, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === backslash) i += 1;
    else if (code === quote) return i;
  }
  return text.length;
}

function judgeKey(literal: string, keys: Set<string> | null | undefined): JsonScan['keyFault'] {
  const key = literal.includes('\\') ? unescapeKey(literal) : literal.slice(1, -1);
  if (forbiddenKeys.has(key)) return 'forbidden-key';
  if (keys?.has(key)) return 'duplicate-key';
  keys?.add(key);
  return null;
}

function unescapeKey(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal; // a malformed text is refused as such by its parser
  }
}
