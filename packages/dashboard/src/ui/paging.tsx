import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import classes from "./paging.module.css";

/** Where somebody is in a list that the server gives in pages. */
export interface Paging {
  /** Undefined on the first page. */
  readonly cursor: string | undefined;
  readonly limit: number;
  /** From 1. */
  readonly number: number;
  readonly next: (cursor: string) => void;
  readonly back: () => void;
}

const PAGE = 50;

/** @param of what is listed: another filter begins on the first page again. */
export function usePaging(of: string): Paging {
  const [visited, setVisited] = useState<{ readonly of: string; readonly cursors: readonly string[] }>({
    of,
    cursors: [],
  });
  const cursors = visited.of === of ? visited.cursors : [];
  return {
    cursor: cursors.at(-1),
    limit: PAGE,
    number: cursors.length + 1,
    next: (cursor) => setVisited({ of, cursors: [...cursors, cursor] }),
    back: () => setVisited({ of, cursors: cursors.slice(0, -1) }),
  };
}

interface PagerProps {
  readonly paging: Paging;
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** The way to the other pages; nothing where there is only one. */
export function Pager({ paging, nextCursor }: PagerProps) {
  const { number, back, next } = paging;
  if (number === 1 && nextCursor === null) return null;
  return (
    <nav className={classes.pager} aria-label="Pages">
      <Button small disabled={number === 1} onClick={back}>
        <ChevronLeft aria-hidden /> Back
      </Button>
      <span>Page {number}</span>
      <Button small disabled={nextCursor === null} onClick={() => nextCursor !== null && next(nextCursor)}>
        Next <ChevronRight aria-hidden />
      </Button>
    </nav>
  );
}
