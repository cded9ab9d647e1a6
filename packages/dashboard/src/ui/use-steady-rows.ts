import { type FocusEvent, useState } from "react";

export interface SteadyRow<T> {
  readonly item: T;
  /** It is no longer in the list, and shown until the pointer has left. */
  readonly isGone: boolean;
}

interface SteadyRows<T> {
  readonly rows: readonly SteadyRow<T>[];
  /** How many more there are that are not shown yet. */
  readonly waiting: number;
  /** For the element around the list. */
  readonly hold: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
    readonly onFocus: () => void;
    readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
  };
}

/**
 * The rows of a live list, which stay where they are while the pointer or the focus is on them: their numbers change, but
 * none comes or goes until it has left.
 *
 * @param of what is listed; undefined while the items are still those of another list.
 */
export function useSteadyRows<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  of: string | undefined,
): SteadyRows<T> {
  const [holds, setHolds] = useState({ pointer: false, focus: false });
  const [kept, setKept] = useState({ of, items });
  const isHeld = holds.pointer || holds.focus;
  const isStale = kept.of !== of || (!isHeld && kept.items !== items);
  if (isStale) setKept({ of, items });
  const shown = isStale ? items : kept.items;
  return {
    ...steadied(shown, items, keyOf),
    hold: {
      onPointerEnter: () => setHolds((before) => ({ ...before, pointer: true })),
      onPointerLeave: () => setHolds((before) => ({ ...before, pointer: false })),
      onFocus: () => setHolds((before) => ({ ...before, focus: true })),
      onBlur: ({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setHolds((before) => ({ ...before, focus: false }));
      },
    },
  };
}

/** Those that were shown, in their order and as they are now. */
export function steadied<T>(
  shown: readonly T[],
  items: readonly T[],
  keyOf: (item: T) => string,
): Pick<SteadyRows<T>, "rows" | "waiting"> {
  const latest = new Map(items.map((item) => [keyOf(item), item]));
  const rows = shown.map((item): SteadyRow<T> => {
    const now = latest.get(keyOf(item));
    return { item: now ?? item, isGone: now === undefined };
  });
  const known = rows.filter(({ isGone }) => !isGone).length;
  return { rows, waiting: items.length - known };
}
