import { Link } from "wouter";
import type { Webhook } from "../../api/webhooks.ts";
import { whole } from "../../ui/numbers.ts";
import { Ago } from "../../ui/time.tsx";
import { resultInWords } from "./attempt-words.ts";
import { EndpointActions } from "./endpoint-actions.tsx";
import { EndpointState } from "./endpoint-state.tsx";
import classes from "./webhooks.module.css";

interface EndpointCardProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly mayChange: boolean;
}

/** One endpoint as a ticket: does it take what it is sent, and what waits for it? */
export function EndpointCard({ appId, webhook, mayChange }: EndpointCardProps) {
  const { id, url, owed, dead, last_attempt, disabled_reason } = webhook;
  const href = `/apps/${encodeURIComponent(appId)}/webhooks/${encodeURIComponent(id)}`;
  return (
    <li className={classes.card} data-failing={isFailing(webhook)}>
      <div className={classes.cardHead}>
        <EndpointState webhook={webhook} />
        <Link className={classes.url} href={href} data-row>
          {url}
        </Link>
      </div>
      {disabled_reason !== null && <p>Usher disabled it: {disabled_reason}.</p>}
      <p className={classes.counts}>
        <span>
          <strong>{whole(owed)}</strong> owed
        </span>
        <span data-bad={dead > 0}>
          <strong>{whole(dead)}</strong> dead
        </span>
        <span>
          {last_attempt ? (
            <>
              last request <Ago at={last_attempt.at} />: {resultInWords(last_attempt)}
            </>
          ) : (
            "nothing was sent yet"
          )}
        </span>
      </p>
      <p className="quiet">{choiceInWords(webhook)}</p>
      <div className={classes.actions}>
        {mayChange && <EndpointActions appId={appId} webhook={webhook} afterDelete={() => {}} />}
      </div>
    </li>
  );
}

function isFailing({ enabled, disabled_reason, failing_since, last_attempt }: Webhook): boolean {
  if (!enabled) return disabled_reason !== null;
  return failing_since !== null || (last_attempt !== null && last_attempt.error !== null);
}

/** Which events an endpoint gets, in a sentence. */
export function choiceInWords({ event_types, channel_prefix, channel_suffix, batching }: Webhook): string {
  const events = event_types === null ? "All events" : event_types.join(", ");
  const channels = [
    channel_prefix !== "" && `that begin with ${channel_prefix}`,
    channel_suffix !== "" && `that end with ${channel_suffix}`,
  ].filter(Boolean);
  const where = channels.length === 0 ? "of all channels" : `of channels ${channels.join(" and ")}`;
  return `${events} ${where}${batching ? ", several in one request" : ""}.`;
}
