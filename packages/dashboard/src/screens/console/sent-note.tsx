import type { EventToSend, SentEvent } from "../../api/events.ts";
import classes from "./console.module.css";

interface SentNoteProps {
  readonly event: EventToSend;
  readonly sent: SentEvent;
}

const COUNT = new Intl.NumberFormat();

/** That an event was sent, and to how many. */
export function SentNote({ event, sent }: SentNoteProps) {
  const { receivers, channels } = sent;
  return (
    <div className={classes.sent} role="status">
      <p>
        Sent {event.event}
        {receivers !== undefined && ` to ${connections(receivers)}`}.
      </p>
      {channels && (
        <ul>
          {Object.entries(channels).map(([channel, counts]) => (
            <li key={channel}>
              <code>{channel}</code>: {countsInWords(counts)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function countsInWords({
  user_count,
  subscription_count,
}: NonNullable<SentEvent["channels"]>[string]): string {
  if (user_count !== undefined) return user_count === 1 ? "1 user" : `${COUNT.format(user_count)} users`;
  if (subscription_count !== undefined) return connections(subscription_count);
  return "not counted; the app's setting subscription_counting is off";
}

function connections(count: number): string {
  return count === 1 ? "1 connection" : `${COUNT.format(count)} connections`;
}
