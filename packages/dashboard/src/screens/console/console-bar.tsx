import { Download, Eraser, Pause, Play } from "lucide-react";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import classes from "./console.module.css";
import { type FeedState, MOST_ENTRIES } from "./console-feed.ts";

const CONNECTIONS: Readonly<
  Record<FeedState["connection"], { readonly title: string; readonly tone: Tone }>
> = {
  connecting: { title: "Connecting", tone: "neutral" },
  live: { title: "Live", tone: "good" },
  lost: { title: "Connection lost, trying again", tone: "bad" },
};
const COUNT = new Intl.NumberFormat();

interface ConsoleBarProps {
  readonly appId: string;
  readonly state: FeedState;
  readonly pause: () => void;
  readonly jumpToLive: () => void;
  readonly clear: () => void;
}

/** Whether the tail is live and complete, and what can be done with it. */
export function ConsoleBar({ appId, state, pause, jumpToLive, clear }: ConsoleBarProps) {
  const { connection, entries, waiting, dropped, isPaused } = state;
  const { title, tone } = CONNECTIONS[connection];
  return (
    <div className={classes.bar}>
      <div className={classes.barState}>
        <span role="status">
          <Badge tone={tone}>{title}</Badge>
        </span>
        {isPaused && <Badge tone="warn">Paused</Badge>}
        {isPaused && waiting > 0 && (
          <Button kind="primary" small onClick={jumpToLive}>
            {COUNT.format(waiting)} new
          </Button>
        )}
        <span className="quiet">{shownInWords(entries.length)}</span>
        {dropped > 0 && (
          <span className={classes.dropped}>
            {COUNT.format(dropped)} left out: more happened than this page takes in. Narrow the filter to see
            all of it.
          </span>
        )}
      </div>
      <div className={classes.barActions}>
        {isPaused ? (
          <Button small onClick={jumpToLive}>
            <Play aria-hidden /> Resume
          </Button>
        ) : (
          <Button small onClick={pause}>
            <Pause aria-hidden /> Pause
          </Button>
        )}
        <Button small disabled={entries.length === 0} onClick={clear}>
          <Eraser aria-hidden /> Clear
        </Button>
        <Button small disabled={entries.length === 0} onClick={() => exportEntries(appId, entries)}>
          <Download aria-hidden /> Export
        </Button>
      </div>
    </div>
  );
}

function shownInWords(count: number): string {
  if (count === MOST_ENTRIES) return `the latest ${COUNT.format(count)}`;
  return count === 1 ? "1 entry" : `${COUNT.format(count)} entries`;
}

/** As a file with one line of JSON for each entry, in the order in which they happened. */
function exportEntries(appId: string, entries: FeedState["entries"]): void {
  const lines = entries.toReversed().map((entry) => `${JSON.stringify(entry)}\n`);
  download(`console-${appId}-${new Date().toISOString()}.ndjson`, "application/x-ndjson", lines.join(""));
}
