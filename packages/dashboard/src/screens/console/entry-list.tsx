import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef } from "react";
import type { ConsoleEntry } from "../../api/console.ts";
import { Badge } from "../../ui/badge.tsx";
import classes from "./console.module.css";
import { LOOKS, summaryOf, timeOf } from "./entry-look.ts";

const ROW_PIXELS = 34;
/** Rows that are drawn beyond what is seen, so that scrolling shows no gaps. */
const OVERSCAN = 12;

interface EntryListProps {
  readonly entries: readonly ConsoleEntry[];
  readonly chosenId: number | undefined;
  readonly choose: (entry: ConsoleEntry) => void;
  /** Somebody reads further down, so that what is under the pointer must stay where it is. */
  readonly onLookedBack: () => void;
}

/** The tail. Only the rows that are seen exist. */
export function EntryList({ entries, chosenId, choose, onLookedBack }: EntryListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => entries[index]?.id ?? index,
    overscan: OVERSCAN,
  });
  const walk = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const at = entries.findIndex(({ id }) => id === chosenId);
    const next = entries[at + step];
    if (step === 0 || !next) return;
    event.preventDefault();
    choose(next);
    rows.scrollToIndex(at + step);
  };
  return (
    <div
      ref={scroller}
      className={classes.list}
      role="listbox"
      tabIndex={0}
      aria-label="What happened, the latest first"
      aria-activedescendant={chosenId === undefined ? undefined : rowId(chosenId)}
      onKeyDown={walk}
      onScroll={(event) => event.currentTarget.scrollTop > ROW_PIXELS && onLookedBack()}
    >
      <div className={classes.rows} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const entry = entries[index];
          return (
            entry && (
              <Row
                key={key}
                entry={entry}
                top={start}
                isChosen={entry.id === chosenId}
                choose={() => choose(entry)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly entry: ConsoleEntry;
  readonly top: number;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function Row({ entry, top, isChosen, choose }: RowProps) {
  const { title, tone } = LOOKS[entry.type];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys for all of its rows.
    <div
      id={rowId(entry.id)}
      className={classes.row}
      style={{ transform: `translateY(${top}px)`, height: ROW_PIXELS }}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      onClick={choose}
    >
      <time className={classes.time} dateTime={entry.at}>
        {timeOf(entry)}
      </time>
      <Badge tone={tone}>{title}</Badge>
      <span className={classes.channel}>{entry.channel ?? entry.socket_id}</span>
      <span className={classes.summary}>{summaryOf(entry)}</span>
    </div>
  );
}

function rowId(id: number): string {
  return `entry-${id}`;
}
