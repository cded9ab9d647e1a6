import type { Invitation } from "../../api/operators.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Ago } from "../../ui/time.tsx";
import classes from "./team.module.css";

interface LinkDialogProps {
  readonly invitation: Invitation | undefined;
  readonly close: () => void;
}

/** The link that lets somebody in, which is known this once. */
export function LinkDialog({ invitation, close }: LinkDialogProps) {
  return (
    <Dialog title="The link that lets them in" isOpen={invitation !== undefined} close={close}>
      {invitation && (
        <>
          <p>
            Pass it on to {invitation.operator.email} in private. It works once, ends{" "}
            <Ago at={invitation.link.expires_at} />, and is not shown again.
          </p>
          <p className={classes.value}>
            <code>{invitation.link.url}</code>
            <CopyButton text={invitation.link.url} what="the link" />
          </p>
          <DialogActions>
            <Button kind="primary" onClick={close}>
              I have passed it on
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}
