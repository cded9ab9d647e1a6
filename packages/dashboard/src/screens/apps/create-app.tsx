import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { type CreatedApp, useCreateApp } from "../../api/apps.ts";
import { Button } from "../../ui/button.tsx";
import { CopyableValues } from "../../ui/copyable-values.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";

interface CreateAppProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  /** Of an app that the new one is to be like. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Asks for a name; all else is generated, and the secret shown once. */
export function CreateApp({ isOpen, close, settings }: CreateAppProps) {
  const create = useCreateApp();
  const [created, setCreated] = useState<CreatedApp | undefined>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name"));
    create.mutate({ name, ...(settings && { settings }) }, { onSuccess: setCreated });
  };
  const end = () => {
    setCreated(undefined);
    create.reset();
    close();
  };
  return (
    <Dialog title={created ? "The app is made" : "Create an app"} isOpen={isOpen} close={end}>
      {created ? (
        <Created created={created} close={end} />
      ) : (
        <form onSubmit={submit}>
          <TextField
            label="Name"
            name="name"
            maxLength={100}
            hint="For people. Its id, key and secret are generated."
            required
          />
          {create.error && <Failed error={create.error} />}
          <DialogActions>
            <Button onClick={end}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={create.isPending}>
              Create it
            </Button>
          </DialogActions>
        </form>
      )}
    </Dialog>
  );
}

function Created({ created, close }: { readonly created: CreatedApp; readonly close: () => void }) {
  const [, navigate] = useLocation();
  const { app_id, key, secret } = created.credentials;
  const go = () => {
    close();
    navigate(`/apps/${encodeURIComponent(app_id)}/connect`);
  };
  return (
    <>
      <p>The secret is shown this once. Put it where your servers read their secrets.</p>
      <CopyableValues
        values={[
          ["App id", app_id],
          ["Key", key],
          ["Secret", secret],
        ]}
      />
      <DialogActions>
        <Button onClick={close}>Close</Button>
        <Button kind="primary" onClick={go}>
          Connect a client
        </Button>
      </DialogActions>
    </>
  );
}
