import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { ConsoleEntry } from "../../api/console.ts";
import { type EventToSend, eventAsCurl, eventAsTrigger } from "../../api/events.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./console.module.css";
import { LOOKS, toneOf } from "./entry-look.ts";
import { eventOfEntry } from "./event-of-entry.ts";

interface EntryDetailProps {
  readonly appId: string;
  readonly entry: ConsoleEntry;
  readonly close: () => void;
  /** Puts the event into the event creator; undefined where one may not send. */
  readonly replay: ((event: EventToSend) => void) | undefined;
}

const FIELDS: readonly (readonly [string, keyof ConsoleEntry])[] = [
  ["Event", "event"],
  ["Channel", "channel"],
  ["Socket", "socket_id"],
  ["User", "user_id"],
  ["Client", "client"],
  ["Address", "address"],
  ["Signed by", "secret_id"],
  ["Connections", "receivers"],
  ["Characters", "size"],
  ["Code", "code"],
  ["What", "message"],
];

/** Everything about one entry, and what can be done with it. */
export function EntryDetail({ appId, entry, close, replay }: EntryDetailProps) {
  const pane = useRef<HTMLElement>(null);
  // Where it is below the list, choosing an entry would otherwise seem to do nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each other entry is shown anew.
  useEffect(() => {
    pane.current?.scrollIntoView({ block: "nearest" });
  }, [entry.id]);
  const event = eventOfEntry(entry);
  return (
    <aside ref={pane} className={classes.detail} aria-label="The chosen entry">
      <div className={classes.detailHead}>
        <Badge tone={toneOf(entry)}>{LOOKS[entry.type].title}</Badge>
        <Button kind="quiet" small onClick={close} aria-label="Close the entry">
          <X aria-hidden />
        </Button>
      </div>
      <Ways appId={appId} entry={entry} />
      <dl className={classes.fields}>
        <Field name="Time">{entry.at}</Field>
        {FIELDS.flatMap(([name, field]) =>
          entry[field] === undefined
            ? []
            : [
                <Field key={field} name={name}>
                  {entry[field]}
                </Field>,
              ],
        )}
      </dl>
      {entry.data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard.
        <pre tabIndex={0}>
          <code>{pretty(entry.data)}</code>
        </pre>
      )}
      {event && entry.data === undefined && (
        <p className="quiet">
          Its data is not shown: turn it on above the list, for what comes from then on.
        </p>
      )}
      <div className={classes.detailActions}>
        {event && replay && <Button onClick={() => replay(event)}>Send it again</Button>}
        <CopyButton text={JSON.stringify(entry, null, 2)} what="the entry as JSON" label="JSON" />
        {event && <Commands appId={appId} event={event} />}
      </div>
    </aside>
  );
}

/** Where there is more about it. */
function Ways({ appId, entry }: Pick<EntryDetailProps, "appId" | "entry">) {
  const base = `/apps/${encodeURIComponent(appId)}`;
  const { refusal_id, socket_id, channel, webhook_id, delivery_id = "" } = entry;
  return (
    <div className={classes.ways}>
      {refusal_id !== undefined && (
        <Link
          className={buttonClass("primary")}
          href={`${base}/doctor?refusal=${encodeURIComponent(refusal_id)}`}
        >
          Why was this refused?
        </Link>
      )}
      {webhook_id !== undefined && (
        <Link
          className={buttonClass()}
          href={`${base}/webhooks/${encodeURIComponent(webhook_id)}?delivery=${encodeURIComponent(delivery_id)}`}
        >
          The delivery
        </Link>
      )}
      {socket_id !== undefined && (
        <Link className={buttonClass()} href={`${base}/connections/${encodeURIComponent(socket_id)}`}>
          The connection
        </Link>
      )}
      {channel !== undefined && (
        <Link className={buttonClass()} href={`${base}/channels/${encodeURIComponent(channel)}`}>
          The channel
        </Link>
      )}
    </div>
  );
}

function Commands({ appId, event }: { readonly appId: string; readonly event: EventToSend }) {
  const trigger = eventAsTrigger(appId, event);
  return (
    <>
      <CopyButton text={eventAsCurl(appId, event)} what="it as a curl command" label="curl" />
      {trigger !== undefined && (
        <CopyButton text={trigger} what="it as a usher trigger command" label="usher trigger" />
      )}
    </>
  );
}

function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** JSON with its lines and indents; other text as it is. */
function pretty(data: string): string {
  try {
    return JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    return data;
  }
}
