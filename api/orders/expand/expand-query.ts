import { z } from 'zod';

export const expansions = ['events', 'payment', 'holds', 'lineage'] as const;
export type Expansion = (typeof expansions)[number];

const isExpansion = (name: string): name is Expansion => (expansions as readonly string[]).includes(name);

/** `expand=events,lineage`: each at most once. */
export const expandParameter = z
  .string()
  .max(64)
  .refine((text) => {
    const names = text.split(',');
    return names.every(isExpansion) && new Set(names).size === names.length;
  })
  .transform((text): ReadonlySet<Expansion> => new Set(text.split(',').filter(isExpansion)))
  .optional()
  .meta({
    description: `Some of ${expansions.join(', ')}, divided by commas: the order's history in \`expanded\`.`,
    example: 'events,lineage',
  });
