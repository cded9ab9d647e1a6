import type { ReactNode } from "react";
import classes from "./table.module.css";

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

interface TableProps {
  /** Says what the table lists, for those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The `tr`s. */
  readonly children: ReactNode;
}

export function Table({ caption, columns, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard.
    <section className={classes.scroll} aria-label={caption} tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" className={isNumber ? classes.number : ""}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export const NUMBER_CELL = classes.number;
