import { useSearchParams } from "wouter";
import { type ConsoleFilter, ENTRY_TYPES } from "../../api/console.ts";

interface ConsoleAddress {
  readonly filter: ConsoleFilter;
  readonly setFilter: (changes: Partial<ConsoleFilter>) => void;
  /** Whether the event creator is open. */
  readonly isCreating: boolean;
  readonly setCreating: (isCreating: boolean) => void;
}

/** What the console shows, kept in the page's address, so that a link shows the same to others. */
export function useConsoleFilter(): ConsoleAddress {
  const [search, setSearch] = useSearchParams();
  const given = (search.get("types") ?? "").split(",");
  const filter = {
    types: ENTRY_TYPES.filter((type) => given.includes(type)),
    query: search.get("query") ?? "",
  };
  const set = (values: Readonly<Record<string, string | undefined>>) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(values)) {
          if (value === "") after.delete(name);
          else if (value !== undefined) after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  return {
    filter,
    setFilter: ({ types, query }) => set({ types: types?.join(","), query }),
    isCreating: search.get("create") === "1",
    setCreating: (isCreating) => set({ create: isCreating ? "1" : "" }),
  };
}
