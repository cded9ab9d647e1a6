import type { CSSProperties, ReactNode } from "react";
import classes from "./table.module.css";

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** For a column that speaks for itself to those who see it, such as one of buttons. */
  readonly isHidden?: boolean;
}

interface TableProps {
  /** Says what the table lists, for those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** On narrow screens each row becomes a block; its cells are named by their columns, of which there are eight at most, or by their `data-title`. */
  readonly isStacking?: boolean;
  /** The `tr`s. */
  readonly children: ReactNode;
}

export function Table({ caption, columns, isStacking = false, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard.
    <section className={classes.scroll} aria-label={caption} tabIndex={0}>
      <table
        className={classes.table}
        data-stacking={isStacking}
        style={isStacking ? titlesOf(columns) : undefined}
      >
        <thead>
          <tr>
            {columns.map(({ title, isNumber, isHidden }) => (
              <th key={title} scope="col" className={isNumber ? classes.number : ""}>
                {isHidden ? <span className="visually-hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** As CSS takes them: what stands before each cell of a row that is shown as a block. */
function titlesOf(columns: readonly Column[]): CSSProperties {
  return Object.fromEntries(
    columns.map(({ title, isHidden }, index) => [
      `--title-${index + 1}`,
      isHidden ? '""' : JSON.stringify(title),
    ]),
  );
}

export const NUMBER_CELL = classes.number;
