import { useState } from "react";
import { exportApps } from "../../api/apps.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { download } from "../../ui/download.ts";
import { sayFailed } from "../../ui/toasts.tsx";

/** Saves one app, or all, as a file that another server can take in. */
export function ExportButton({ appId }: { readonly appId: string | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const isOwner = useMay("owner");
  const save = async (secrets: boolean) => {
    setOpen(false);
    try {
      const exported = await exportApps(appId, secrets);
      download(`usher-${appId ?? "apps"}.json`, "application/json", `${JSON.stringify(exported, null, 2)}\n`);
    } catch (error) {
      sayFailed(error);
    }
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Export</Button>
      <Dialog title="Export" isOpen={isOpen} close={() => setOpen(false)}>
        <p>
          Without secrets the file may be kept with your configuration. With them it is as confidential as
          they are, and it is written down that you took it.
        </p>
        <DialogActions>
          {isOwner && (
            <Button kind="danger" onClick={() => void save(true)}>
              With secrets
            </Button>
          )}
          <Button kind="primary" onClick={() => void save(false)}>
            Without secrets
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
