import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { useEnter } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import classes from "./entry.module.css";
import { Entry } from "./entry.tsx";

/** The first run: the link that the server printed makes the first owner. */
export function FirstRun() {
  return (
    <WithLink
      title="Make the first account"
      lead="It becomes the owner of this server: it can invite others, and see and rotate every secret."
      enter="/setup"
      action="Make the account"
      asksForEmail
    />
  );
}

export function Invitation() {
  return (
    <WithLink
      title="You are invited"
      lead="Choose a name and a password."
      enter="/invitations/accept"
      action="Join"
      asksForEmail={false}
    />
  );
}

interface WithLinkProps {
  readonly title: string;
  readonly lead: string;
  readonly enter: "/setup" | "/invitations/accept";
  readonly action: string;
  readonly asksForEmail: boolean;
}

function WithLink({ title, lead, enter: path, action, asksForEmail }: WithLinkProps) {
  const [token] = useState(takeToken);
  const [, navigate] = useLocation();
  const enter = useEnter(path);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    enter.mutate({ token, ...form }, { onSuccess: () => navigate("/", { replace: true }) });
  };
  return (
    <Entry title={title}>
      <p>{lead}</p>
      {token === "" && (
        <p role="alert">This address lacks its token. Open the whole link, with what follows the #.</p>
      )}
      <form className={classes.form} onSubmit={submit}>
        {asksForEmail && (
          <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        )}
        <TextField label="Name" name="name" autoComplete="name" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          hint="At least 12 characters. A sentence is easier to remember and harder to guess."
          required
        />
        <Button kind="primary" type="submit" disabled={enter.isPending || token === ""}>
          {action}
        </Button>
        {enter.error && <Failed error={enter.error} />}
      </form>
    </Entry>
  );
}

/** After the `#`, so that no server log and no `Referer` ever has it; taken out of the address at once. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token !== "") history.replaceState(null, "", location.pathname);
  return token;
}
