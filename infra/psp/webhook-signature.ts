import { createHmac, timingSafeEqual } from 'node:crypto';

/** Under this header stands `t=<unix seconds>,v1=<hex>`, one `v1` for each secret that signs. */
export const signatureHeader = 'psp-signature';

/** Further from our clock than this a signature may be a recording. */
export const toleranceSeconds = 300;

const macOf = (secret: string, seconds: string, raw: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.`).update(raw).digest();

/** The header's value for a delivery at `nowMs`: HMAC-SHA256 over `t.body`, made afresh for each delivery. */
export function signWebhook(raw: Uint8Array, secrets: readonly string[], nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1_000));
  const macs = secrets.map((secret) => `v1=${macOf(secret, seconds, raw).toString('hex')}`);
  return [`t=${seconds}`, ...macs].join(',');
}

/** Whether one of the live secrets (two during a rotation) signed these very bytes within the tolerance. Constant time. */
export function isSignedWebhook(
  raw: Uint8Array,
  header: string,
  secrets: readonly string[],
  nowMs: number,
): boolean {
  const parts = header.split(',').map((part) => part.trim());
  const seconds = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  if (!/^\d{1,12}$/.test(seconds)) return false;
  if (Math.abs(Math.floor(nowMs / 1_000) - Number(seconds)) > toleranceSeconds) return false;
  const given = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).slice(0, 8);
  const macs = given.map((part) => Buffer.from(part.slice(3), 'hex'));
  return secrets.some((secret) => {
    const wanted = macOf(secret, seconds, raw);
    return macs.some((mac) => timingSafeEqual(mac, wanted));
  });
}
