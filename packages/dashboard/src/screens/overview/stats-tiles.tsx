import type { ReactNode } from "react";
import type { Stats } from "../../api/stats.ts";
import { counted, percent, short, whole } from "../../ui/numbers.ts";
import { countOf, grantedOf, latestOf, rateOf, refusedOf, webhookSuccess } from "./figures.ts";
import classes from "./overview.module.css";

interface StatsTilesProps {
  readonly stats: Stats;
  /** `the last hour` */
  readonly within: string;
}

/** The figures that somebody looks for first. */
export function StatsTiles({ stats, within }: StatsTilesProps) {
  const { now, totals } = stats;
  const requests = countOf(totals, "requests:");
  const failed = countOf(totals, "requests:4xx", "requests:5xx");
  const success = webhookSuccess(totals);
  const attempts = countOf(totals, "webhooks:attempts_ok", "webhooks:attempts_failed");
  const refused = refusedOf(totals);
  const turnedAway = countOf(totals, "handshakes:");
  return (
    <dl className={classes.tiles} aria-label={`Now, and in ${within}`}>
      <Tile name="Connections" value={whole(now.connections)}>
        at most {whole(Math.max(totals.connections_peak ?? 0, now.connections))} ·{" "}
        {counted(now.channels, "channel")}
      </Tile>
      <Tile
        name="Messages to clients"
        value={short(latestOf(rateOf(stats, 1, "messages_out")))}
        unit="a second"
      >
        {short(latestOf(rateOf(stats, 1, "messages_in")))} from clients
      </Tile>
      <Tile name="API requests" value={short(requests)} tone={failed > 0 ? "warn" : undefined}>
        {failed === 0 ? "none refused" : `${whole(failed)} refused or failed`}
      </Tile>
      <Tile name="Not authorized" value={short(refused)} tone={refused > 0 ? "bad" : undefined}>
        {whole(grantedOf(totals))} granted
      </Tile>
      <Tile name="Not let in" value={short(turnedAway)} tone={turnedAway > 0 ? "bad" : undefined}>
        {whole(countOf(totals, "connections_opened"))} let in
      </Tile>
      <Tile
        name="Webhooks"
        value={success === undefined ? "–" : percent(success)}
        tone={success !== undefined && success < 1 ? "warn" : undefined}
      >
        {attempts === 0 ? "none sent" : `of ${counted(attempts, "request")} answered well`}
      </Tile>
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly tone?: "warn" | "bad" | undefined;
  readonly children: ReactNode;
}

function Tile({ name, value, unit, tone, children }: TileProps) {
  return (
    <div className={classes.tile} data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <span className={classes.value}>{value}</span> {unit && <span className="quiet">{unit}</span>}
        <div className={classes.aside}>{children}</div>
      </dd>
    </div>
  );
}
