/**
 * A new UUID of version 4 (RFC 9562), for a wish that nobody named. `crypto.randomUUID` would do, but browsers have it in
 * secure contexts alone, and a shop at http://192.168.1.5 is none; `getRandomValues` is everywhere.
 */
export function freshKey(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, place) => {
    const marked = place === 6 ? (byte & 0x0f) | 0x40 : place === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
