import { signatureHeader, signWebhook } from '../../infra/psp/webhook-signature.ts';
import { bodyBytes } from './corpus-bytes.ts';
import type { Placeholders, PlainRequest } from './corpus-case.ts';

/**
 * A webhook of the corpus as it goes over the wire: its store is the one of this run, and its signature is what the
 * case asks for: `valid`, of other bytes, or so many seconds old. Other requests as they are.
 */
export function signCorpusWebhook(
  request: PlainRequest,
  placeholders: Placeholders,
  { store, secret, nowMs }: { readonly store: string; readonly secret: string; readonly nowMs: number },
): PlainRequest {
  if (!request.path.startsWith('/v1/webhooks/')) return request;
  const raw = bodyBytes(request, placeholders) ?? Buffer.alloc(0);
  const signed = Object.entries(request.headers).map(([name, value]) => {
    if (name !== '{{sig.header}}') return [name, value] as const;
    const [, age] = /^\{\{sig:-(\d+)s\}\}$/.exec(value) ?? [];
    const bytes = value === '{{sig:otherBytes}}' ? Buffer.from('other bytes') : raw;
    return [signatureHeader, signWebhook(bytes, [secret], nowMs - Number(age ?? 0) * 1_000)] as const;
  });
  return {
    ...request,
    path: request.path.replace(/\/S1$/, `/${store}`),
    headers: Object.fromEntries(signed),
  };
}
