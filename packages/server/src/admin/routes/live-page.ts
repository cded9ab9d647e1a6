import type { PageQuery } from "../live.ts";

/**
 * One page of a list whose items have a name each, in the order of which they come.
 *
 * @param read gives so many items after a name. It is asked for one more than the page holds, to see whether that is all.
 */
export async function pageOf<Item>(
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  read: (page: PageQuery) => readonly Item[] | Promise<readonly Item[]>,
  nameOf: (item: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly next_cursor: string | null }> {
  const found = await read({ after: cursor ?? null, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: last !== undefined && found.length > limit ? nameOf(last) : null };
}
