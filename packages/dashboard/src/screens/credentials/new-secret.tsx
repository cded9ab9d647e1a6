import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import classes from "./credentials.module.css";

/** The one time that a secret is shown. */
export function NewSecret({ secret, close }: { readonly secret: string; readonly close: () => void }) {
  return (
    <Dialog title="The new secret" isOpen close={close}>
      <p>
        It is shown this once. Put it into your secret manager and deploy it to the servers that sign: both
        the old and the new one are accepted from now on.
      </p>
      <div className={classes.secret}>
        <code>{secret}</code>
        <CopyButton text={secret} what="the new secret" />
      </div>
      <DialogActions>
        <Button kind="primary" onClick={close}>
          I have kept it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
