import { useState } from "react";
import { type ReplaySelection, useReplay, type Webhook } from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { counted } from "../../ui/numbers.ts";
import { Failed } from "../../ui/state.tsx";
import classes from "./webhooks.module.css";

interface ReplayDialogProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly close: () => void;
}

/** Makes several deliveries owed again: all dead ones, or those of some time. */
export function ReplayDialog({ appId, webhook, close }: ReplayDialogProps) {
  const [which, setWhich] = useState<"dead" | "time">(webhook.dead > 0 ? "dead" : "time");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const replay = useReplay(appId, webhook.id);
  const selection = which === "dead" ? ({ dead: true } as const) : timeOf(from, to);
  return (
    <Dialog title="Replay several deliveries" isOpen close={close}>
      <Choice
        legend="Which ones"
        value={which}
        change={setWhich}
        options={[
          {
            value: "dead",
            title: "All dead ones",
            about: `${counted(webhook.dead, "event")} that were given up.`,
          },
          {
            value: "time",
            title: "Those of some time",
            about: "Delivered ones, too: your server knows them by their event ids.",
          },
        ]}
      />
      {which === "time" && (
        <div className={classes.formRow}>
          <TextField
            label="From"
            type="datetime-local"
            step={1}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
          <TextField
            label="To"
            type="datetime-local"
            step={1}
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </div>
      )}
      {replay.error && <Failed error={replay.error} />}
      {replay.data && (
        <p className={classes.result} data-taken role="status">
          {counted(replay.data.replayed, "event")} owed anew.
        </p>
      )}
      <DialogActions>
        <Button onClick={close}>Close</Button>
        <Button
          kind="primary"
          disabled={selection === undefined || replay.isPending}
          onClick={() => selection && replay.mutate(selection)}
        >
          Replay them
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** @param from and `to` as the browser writes local times; empty for no limit. */
function timeOf(from: string, to: string): ReplaySelection | undefined {
  if (from === "" && to === "") return undefined;
  return {
    ...(from !== "" && { from: new Date(from).toISOString() }),
    ...(to !== "" && { to: new Date(to).toISOString() }),
  };
}
