import { useVirtualizer } from "@tanstack/react-virtual";
import type { KeyboardEvent, RefObject } from "react";
import type { ConsoleEntry } from "../../api/console.ts";
import { Badge } from "../../ui/badge.tsx";
import classes from "./console.module.css";
import { LOOKS, millisecondsOf, summaryOf, timeOf, toneOf } from "./entry-look.ts";

const ROW_PIXELS = 34;
/** Rows that are drawn beyond what is seen, so that scrolling shows no gaps. */
const OVERSCAN = 12;

interface EntryListProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly entries: readonly ConsoleEntry[];
  readonly chosenId: number | undefined;
  readonly choose: (entry: ConsoleEntry | undefined) => void;
  /** Somebody reads further down, so that what is under the pointer must stay where it is. */
  readonly onLookedBack: () => void;
  /** They are at the top again. */
  readonly onCameBack: () => void;
}

/** The tail. Only the rows that are seen exist. */
export function EntryList({ scroller, entries, chosenId, choose, onLookedBack, onCameBack }: EntryListProps) {
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => entries[index]?.id ?? index,
    overscan: OVERSCAN,
  });
  const drawn = rows.getVirtualItems();
  const isDrawn = drawn.some(({ index }) => entries[index]?.id === chosenId);
  const walk = (event: KeyboardEvent) => {
    if (event.key === "Escape") choose(undefined);
    const step = STEPS[event.key];
    const at = entries.findIndex(({ id }) => id === chosenId);
    const next = step === undefined ? undefined : entries[at + step];
    if (step === undefined || !next) return;
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
      data-row
      aria-label="What happened, the latest first"
      aria-activedescendant={isDrawn && chosenId !== undefined ? rowId(chosenId) : undefined}
      onKeyDown={walk}
      onScroll={({ currentTarget: { scrollTop } }) => {
        if (scrollTop > ROW_PIXELS) onLookedBack();
        else if (scrollTop === 0) onCameBack();
      }}
    >
      <div className={classes.rows} role="presentation" style={{ height: rows.getTotalSize() }}>
        {drawn.map(({ index, start, key }) => {
          const entry = entries[index];
          return (
            entry && (
              <Row
                key={key}
                entry={entry}
                top={start}
                position={index + 1}
                count={entries.length}
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

/** As in other lists of the dashboard, besides the arrows. */
const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

interface RowProps {
  readonly entry: ConsoleEntry;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly position: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function Row({ entry, top, position, count, isChosen, choose }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys for all of its rows.
    <div
      id={rowId(entry.id)}
      className={classes.row}
      style={{ transform: `translateY(${top}px)`, height: ROW_PIXELS }}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-posinset={position}
      aria-setsize={count}
      data-type={entry.type}
      onClick={choose}
    >
      <time className={classes.time} dateTime={entry.at}>
        {timeOf(entry)}
        <span className={classes.milliseconds}>{millisecondsOf(entry)}</span>
      </time>
      <span className={classes.kind}>
        <Badge tone={toneOf(entry)}>{LOOKS[entry.type].title}</Badge>
      </span>
      <span className={classes.channel}>{entry.channel ?? entry.socket_id}</span>
      <span className={classes.summary}>{summaryOf(entry)}</span>
    </div>
  );
}

function rowId(id: number): string {
  return `entry-${id}`;
}
