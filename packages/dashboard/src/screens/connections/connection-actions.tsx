import { useState } from "react";
import { type ConnectionDetail, useDisconnect } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Failed } from "../../ui/state.tsx";
import { say } from "../../ui/toasts.tsx";
import { TakeBackDialog } from "../grants/take-back-dialog.tsx";

interface ConnectionActionsProps {
  readonly appId: string;
  readonly connection: ConnectionDetail;
}

/** What can be done about a connection; nothing for who may only look. */
export function ConnectionActions({ appId, connection }: ConnectionActionsProps) {
  const [dialog, setDialog] = useState<"disconnect" | "grants" | "ban" | undefined>();
  const { socket_id, user_id } = connection;
  const close = () => setDialog(undefined);
  if (!useMay("operator")) return null;
  return (
    <>
      <Button onClick={() => setDialog("disconnect")}>Disconnect</Button>
      <Button kind="danger" onClick={() => setDialog("grants")}>
        Take its grants back
      </Button>
      {user_id !== null && (
        <Button kind="danger" onClick={() => setDialog("ban")}>
          Ban its user
        </Button>
      )}
      <DisconnectDialog appId={appId} socketId={socket_id} isOpen={dialog === "disconnect"} close={close} />
      <TakeBackDialog
        appId={appId}
        title="Take back all that this connection was granted"
        about={{ socketId: socket_id }}
        kinds={["now"]}
        isOpen={dialog === "grants"}
        close={close}
      />
      <TakeBackDialog
        appId={appId}
        title="Ban its user"
        about={{ userId: user_id ?? "" }}
        kinds={["ban"]}
        isOpen={dialog === "ban"}
        close={close}
      />
    </>
  );
}

const WAYS = [
  {
    value: "back",
    title: "It may come back",
    about:
      "Closed with 4200. pusher-js reconnects within a second, with a new socket id, and asks your endpoint for each authorization anew. Pages see no error.",
  },
  {
    value: "away",
    title: "It stays away",
    about:
      "Closed with 4009. pusher-js goes to “disconnected” and stays there until the page calls connect() or is loaded again. Nothing hinders it then: to keep a user out, ban the user.",
  },
] as const;

interface DisconnectDialogProps {
  readonly appId: string;
  readonly socketId: string;
  readonly isOpen: boolean;
  readonly close: () => void;
}

function DisconnectDialog({ appId, socketId, isOpen, close }: DisconnectDialogProps) {
  const [way, setWay] = useState<(typeof WAYS)[number]["value"]>("back");
  const disconnect = useDisconnect(appId, socketId);
  const run = () =>
    disconnect.mutate(
      { stayAway: way === "away" },
      {
        onSuccess: () => {
          close();
          say("Disconnected", way === "away" ? "It was told to stay away." : "It may come back.");
        },
      },
    );
  return (
    <Dialog title="Disconnect" isOpen={isOpen} close={close}>
      <Choice legend="What the client does then" options={WAYS} value={way} change={setWay} />
      {disconnect.error && <Failed error={disconnect.error} />}
      <DialogActions>
        <Button onClick={close}>Leave it open</Button>
        <Button kind="danger" disabled={disconnect.isPending} onClick={run}>
          Disconnect it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
