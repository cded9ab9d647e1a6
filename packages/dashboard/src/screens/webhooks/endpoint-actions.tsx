import { useState } from "react";
import { useDeleteWebhook, useUpdateWebhook, type Webhook } from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { counted } from "../../ui/numbers.ts";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";

interface EndpointActionsProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly afterDelete: () => void;
}

/** What can be done with an endpoint. */
export function EndpointActions({ appId, webhook, afterDelete }: EndpointActionsProps) {
  const { id, url, enabled, owed } = webhook;
  const [dialog, setDialog] = useState<"edit" | "delete" | undefined>();
  const update = useUpdateWebhook(appId, id);
  const remove = useDeleteWebhook(appId, id);
  const close = () => setDialog(undefined);
  const turn = () =>
    update.mutate(
      { enabled: !enabled },
      {
        onSuccess: () => say(enabled ? "Disabled: what is owed to it waits" : "Enabled"),
        onError: sayFailed,
      },
    );
  const drop = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        close();
        afterDelete();
      },
      onError: sayFailed,
    });
  return (
    <>
      <Button small onClick={() => setDialog("edit")}>
        Edit
      </Button>
      <Button small disabled={update.isPending} onClick={turn}>
        {enabled ? "Disable" : "Enable"}
      </Button>
      <Button small kind="danger" onClick={() => setDialog("delete")}>
        Delete
      </Button>
      {dialog === "edit" && <EndpointDialog appId={appId} webhook={webhook} close={close} />}
      <Confirm
        title="Delete the endpoint"
        isOpen={dialog === "delete"}
        close={close}
        action="Delete it"
        isPending={remove.isPending}
        run={drop}
      >
        <p>
          <code>{url}</code> gets nothing more, and its log goes with it
          {owed > 0 && `: also ${counted(owed, "event")} owed to it`}.
        </p>
      </Confirm>
    </>
  );
}
