import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ConsoleEntry } from "../../api/console.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./console.module.css";
import { LOOKS } from "./entry-look.ts";

interface EntryDetailProps {
  readonly appId: string;
  readonly entry: ConsoleEntry;
  readonly close: () => void;
  /** Puts the event into the event creator; undefined where one may not send. */
  readonly replay: ((entry: ConsoleEntry) => void) | undefined;
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
  ["Why", "message"],
];

/** Everything about one entry, and what can be done with it. */
export function EntryDetail({ appId, entry, close, replay }: EntryDetailProps) {
  const base = `/apps/${encodeURIComponent(appId)}`;
  const isEvent = entry.type === "api_event" || entry.type === "client_event";
  return (
    <aside className={classes.detail} aria-label="The chosen entry">
      <div className={classes.detailHead}>
        <Badge tone={LOOKS[entry.type].tone}>{LOOKS[entry.type].title}</Badge>
        <CopyButton text={JSON.stringify(entry, null, 2)} what="the entry as JSON" />
        <Button kind="quiet" small onClick={close}>
          Close
        </Button>
      </div>
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
      {isEvent && entry.data === undefined && (
        <p className="quiet">
          Data is not shown. <Link href={`${base}/settings`}>Turn on console_payloads</Link> to see it, with
          values that sound confidential hidden.
        </p>
      )}
      <div className={classes.detailActions}>
        {entry.refusal_id !== undefined && (
          <Link href={`${base}/doctor?refusal=${encodeURIComponent(entry.refusal_id)}`}>
            Why was this refused?
          </Link>
        )}
        {entry.socket_id !== undefined && (
          <Link href={`${base}/connections/${encodeURIComponent(entry.socket_id)}`}>The connection</Link>
        )}
        {entry.channel !== undefined && (
          <Link href={`${base}/channels/${encodeURIComponent(entry.channel)}`}>The channel</Link>
        )}
        {isEvent && replay && <Button onClick={() => replay(entry)}>Send it again</Button>}
      </div>
    </aside>
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
