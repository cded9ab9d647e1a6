import { type FormEvent, useState } from "react";
import { useSession } from "../../api/session.ts";
import { useChangePassword } from "../../api/sessions.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failed } from "../../ui/state.tsx";
import { say } from "../../ui/toasts.tsx";
import classes from "./team.module.css";

/** Changes one's own password. */
export function Password() {
  const change = useChangePassword();
  const email = useSession().data?.principal.email ?? "";
  const [problem, setProblem] = useState<string | undefined>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const isSame = data.get("new") === data.get("again");
    setProblem(isSame ? undefined : "This is not the same as the new password.");
    if (!isSame) return;
    change.mutate(
      { current_password: String(data.get("current")), new_password: String(data.get("new")) },
      {
        onSuccess: () => {
          form.reset();
          say("The password is changed", "Your other sessions are ended.");
        },
      },
    );
  };
  return (
    <Panel title="Your password">
      <form className={classes.passwords} onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <TextField
          label="Password now"
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <TextField
          label="New password"
          name="new"
          type="password"
          autoComplete="new-password"
          minLength={12}
          hint="At least 12 characters."
          required
        />
        <TextField
          label="New password again"
          name="again"
          type="password"
          autoComplete="new-password"
          problem={problem}
          required
        />
        {change.error && <Failed error={change.error} />}
        <div>
          <Button type="submit" disabled={change.isPending}>
            Change the password
          </Button>
        </div>
      </form>
    </Panel>
  );
}
