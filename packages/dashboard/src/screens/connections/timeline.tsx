import type { ConsoleEntry, ConsoleFilter } from "../../api/console.ts";
import { Badge } from "../../ui/badge.tsx";
import { LOOKS, summaryOf, timeOf } from "../console/entry-look.ts";
import { useConsoleFeed } from "../console/use-console-feed.ts";
import { closeWords } from "./close-words.ts";
import classes from "./connections.module.css";

const SHOWN = 200;

interface TimelineProps {
  readonly appId: string;
  readonly socketId: string;
}

/** What happens on a connection while somebody looks, the latest first. */
export function Timeline({ appId, socketId }: TimelineProps) {
  const filter: ConsoleFilter = { types: [], query: `socket:${socketId}` };
  const [{ connection, entries }] = useConsoleFeed(appId, filter);
  if (entries.length === 0) {
    return (
      <p className="quiet" role="status">
        {connection === "live"
          ? "Listening. Subscriptions, client events, refusals and the end of the connection show here."
          : "Connecting to the server…"}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <ol className={classes.timeline} aria-label="Timeline" tabIndex={0}>
      {entries.slice(0, SHOWN).map((entry) => (
        <li key={entry.id}>
          <time dateTime={entry.at}>{timeOf(entry)}</time>
          <span>
            <Badge tone={LOOKS[entry.type].tone}>{LOOKS[entry.type].title}</Badge>
          </span>
          <p>{textOf(entry)}</p>
        </li>
      ))}
    </ol>
  );
}

function textOf(entry: ConsoleEntry): string {
  const why = entry.type === "disconnected" && entry.code !== undefined && closeWords(entry.code);
  return [entry.channel, summaryOf(entry), why].filter(Boolean).join(" · ");
}
