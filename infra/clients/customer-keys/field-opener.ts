import type { KeyRing } from './key-ring.ts';
import { keyIdOf, openField, type SealedFieldOwner, type SealingKey } from './sealed-field.ts';
import type { KeyWrapper } from './wrapped-key.ts';

/** Opens personal fields at the edge, where somebody outside must be told (reliability.md §9). */
export interface FieldOpener {
  /**
   * The plaintext. Rejects with KeyErased if its key is gone from the topic for good, and with another error if that
   * cannot be told now, or if the text is not of this form or belongs to another owner.
   */
  open(owner: SealedFieldOwner, sealed: string): Promise<string>;
}

/** The key was erased with its customer: nobody can open this field again. */
export class KeyErased extends Error {
  override readonly name = 'KeyErased';
}

export interface FieldOpenerParts {
  readonly wrapper: Pick<KeyWrapper, 'master'>;
  readonly ring: KeyRing;
  /** Resolves when the ring has applied all that stands in the topic now; rejects if that takes too long. */
  readonly catchUp: () => Promise<void>;
  /** Reads the topic whole for one key: null if it is erased or was never there. */
  readonly search: (keyId: string) => Promise<SealingKey | null>;
}

/**
 * A key is acknowledged before the first field it seals is sent, so one that is not in the topic up to its present end is
 * erased. The ring is asked first; what it may have forgotten is searched for.
 */
export function createFieldOpener({ wrapper, ring, catchUp, search }: FieldOpenerParts): FieldOpener {
  const find = async (keyId: string): Promise<SealingKey | null> => {
    if (keyId === wrapper.master.keyId) return wrapper.master;
    const held = ring.byId(keyId);
    if (held) return held;
    await catchUp();
    return ring.byId(keyId) ?? (ring.hasForgotten ? search(keyId) : null);
  };
  return {
    async open(owner, sealed) {
      const keyId = keyIdOf(sealed);
      const found = await find(keyId);
      if (!found) throw new KeyErased(`key ${keyId} is erased: the field ${owner.field} is gone for good`);
      return openField(found.key, owner, sealed);
    },
  };
}
