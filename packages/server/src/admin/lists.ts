import { z } from "@hono/zod-openapi";

/** How lists are asked for; add a route's own filters with `.extend`. */
export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(50)
    .openapi({ description: "Most items to answer with" }),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`next_cursor` of the page before" }),
});

/** How lists are answered. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().openapi({ description: "For the next page; `null` on the last" }),
  });
}

/**
 * The answer of a list.
 *
 * @param found one more than `limit` where there are as many, which tells that there is a next page.
 * @param cursorOf what the next page goes on after.
 */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => string,
): { items: Item[]; next_cursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}
