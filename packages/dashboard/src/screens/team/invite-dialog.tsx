import { type FormEvent, useState } from "react";
import { type Invitation, useInvite } from "../../api/operators.ts";
import type { Role } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { ROLES } from "./roles.ts";
import classes from "./team.module.css";

interface InviteDialogProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly invited: (invitation: Invitation) => void;
}

export function InviteDialog({ isOpen, close, invited }: InviteDialogProps) {
  const [role, setRole] = useState<Role>("viewer");
  const invite = useInvite();
  const end = () => {
    invite.reset();
    setRole("viewer");
    close();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get("email"));
    invite.mutate(
      { email, role },
      {
        onSuccess: (invitation) => {
          end();
          invited(invitation);
        },
      },
    );
  };
  return (
    <Dialog title="Invite somebody" isOpen={isOpen} close={end}>
      <form className={classes.form} onSubmit={submit}>
        <TextField
          label="E-mail"
          name="email"
          type="email"
          autoComplete="off"
          hint="It is what they log in with. No mail is sent: you get a link to pass on."
          required
        />
        <Choice legend="Role" options={ROLES} value={role} change={setRole} />
        {invite.error && <Failed error={invite.error} />}
        <DialogActions>
          <Button onClick={end}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={invite.isPending}>
            Invite them
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
