import { useSearchParams } from "wouter";
import { RANGES, type Range } from "../api/stats.ts";
import classes from "./range-picker.module.css";

const DEFAULT: Range = "1h";
const NAMES: Readonly<Record<Range, { readonly short: string; readonly long: string }>> = {
  "15m": { short: "15 min", long: "the last 15 minutes" },
  "1h": { short: "1 h", long: "the last hour" },
  "24h": { short: "24 h", long: "the last 24 hours" },
  "7d": { short: "7 d", long: "the last 7 days" },
};

/** How far back a screen looks, kept in the page's address. */
export function useRange(): readonly [Range, (range: Range) => void] {
  const [search, setSearch] = useSearchParams();
  const range = RANGES.find((each) => each === search.get("range")) ?? DEFAULT;
  const setRange = (chosen: Range) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set("range", chosen);
        return after;
      },
      { replace: true },
    );
  return [range, setRange];
}

/** `the last 15 minutes` */
export function rangeInWords(range: Range): string {
  return NAMES[range].long;
}

interface RangePickerProps {
  readonly range: Range;
  readonly setRange: (range: Range) => void;
}

export function RangePicker({ range, setRange }: RangePickerProps) {
  return (
    <fieldset className={classes.picker}>
      <legend className="visually-hidden">How far back</legend>
      {RANGES.map((each) => (
        <label key={each} className={classes.option} data-chosen={each === range}>
          <input
            className="visually-hidden"
            type="radio"
            name="range"
            checked={each === range}
            onChange={() => setRange(each)}
            aria-label={NAMES[each].long}
          />
          <span aria-hidden>{NAMES[each].short}</span>
        </label>
      ))}
    </fieldset>
  );
}
