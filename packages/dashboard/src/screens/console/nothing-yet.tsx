import { Link } from "wouter";
import { eventAsTrigger } from "../../api/events.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { EmptyState } from "../../ui/state.tsx";
import classes from "./console.module.css";

interface NothingYetProps {
  readonly appId: string;
  readonly isFiltered: boolean;
  readonly showAll: () => void;
  /** Opens the event creator; undefined where one may not send. */
  readonly send: (() => void) | undefined;
}

/** What to do for something to happen. */
export function NothingYet({ appId, isFiltered, showAll, send }: NothingYetProps) {
  const command = eventAsTrigger(appId, {
    kind: "api",
    channels: ["my-channel"],
    event: "my-event",
    data: '{"message":"hello"}',
    exceptSocketId: undefined,
    wantsCounts: false,
  });
  if (isFiltered) {
    return (
      <EmptyState title="Waiting for something that matches">
        <p>The console shows what happens from now on, and only what the filter lets through.</p>
        <Button onClick={showAll}>Show everything</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Waiting for something to happen">
      <p>
        Connect a client (<Link href={`/apps/${encodeURIComponent(appId)}/connect`}>how</Link>), or send an
        event{send ? " from here" : ""}:
      </p>
      {send && <Button onClick={send}>Send an event</Button>}
      <p>On the server's machine:</p>
      <div className={classes.command}>
        <code>{command}</code>
        <CopyButton text={command ?? ""} what="the command" />
      </div>
    </EmptyState>
  );
}
