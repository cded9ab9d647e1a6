import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { askForPasswordWith, confirmPassword } from "../api/reauthentication.ts";
import { Button } from "../ui/button.tsx";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Failed } from "../ui/state.tsx";

/** Asks for the password when the server wants to be sure who is there. */
export function PasswordDialog() {
  const [answer, setAnswer] = useState<((isConfirmed: boolean) => void) | undefined>();
  const confirm = useMutation({ mutationFn: confirmPassword });
  useEffect(() => {
    askForPasswordWith(() => new Promise<boolean>((resolve) => setAnswer(() => resolve)));
  }, []);

  const end = (isConfirmed: boolean) => {
    answer?.(isConfirmed);
    setAnswer(undefined);
    confirm.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    confirm.mutate(password, { onSuccess: () => end(true) });
  };
  return (
    <Dialog title="Confirm that it is you" isOpen={answer !== undefined} close={() => end(false)}>
      <form onSubmit={submit}>
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          hint="Asked for before secrets are shown and before what cannot be taken back; holds for five minutes."
          required
        />
        {confirm.error && <Failed error={confirm.error} />}
        <DialogActions>
          <Button onClick={() => end(false)}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={confirm.isPending}>
            Confirm
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
