import type { ReactNode } from "react";
import { whole } from "./numbers.ts";
import { Pager, type Paging } from "./paging.tsx";
import classes from "./steady-table.module.css";
import { type Column, Table } from "./table.tsx";
import { useSteadyRows } from "./use-steady-rows.ts";

interface SteadyTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The `td`s of an item. @param isGone it is no longer in the list, and shown until the pointer has left. */
  readonly cells: (item: T, isGone: boolean) => ReactNode;
  /** What is listed; undefined while the items are still those of another list. */
  readonly of: string | undefined;
  readonly paging: Paging;
  readonly nextCursor: string | null;
}

/** One page of a live list, whose rows stay where they are while somebody is about to use one. */
export function SteadyTable<T>({
  caption,
  columns,
  items,
  keyOf,
  cells,
  of,
  paging,
  nextCursor,
}: SteadyTableProps<T>) {
  const { rows, waiting, hold } = useSteadyRows(items, keyOf, of);
  return (
    <>
      <div {...hold}>
        <Table isStacking caption={caption} columns={columns}>
          {rows.map(({ item, isGone }) => (
            <tr key={keyOf(item)} data-gone={isGone} className={classes.row}>
              {cells(item, isGone)}
            </tr>
          ))}
        </Table>
      </div>
      {waiting > 0 && <p className={classes.waiting}>{whole(waiting)} more since you look here</p>}
      <Pager paging={paging} nextCursor={nextCursor} />
    </>
  );
}
