import { type FormEvent, useState } from "react";
import { API } from "../../api/place.ts";
import { useEnter, useSetup } from "../../api/session.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import classes from "./entry.module.css";
import { Entry } from "./entry.tsx";

export function LogIn() {
  const setup = useSetup();
  const enter = useEnter("/session");
  const [refusal] = useState(() => new URLSearchParams(location.hash.slice(1)).get("error"));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    enter.mutate({ email: String(form.get("email")), password: String(form.get("password")) });
  };
  if (setup.data?.needed) return <NotSetUp />;
  return (
    <Entry title="Log in to Usher">
      <form className={classes.form} onSubmit={submit}>
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Button kind="primary" type="submit" disabled={enter.isPending}>
          Log in
        </Button>
        {enter.error && <Failed error={enter.error} />}
      </form>
      {refusal && (
        <p role="alert">
          {setup.data?.oidc?.name ?? "The provider"} did not let you in here: <code>{refusal}</code>. Ask an
          owner of this server whether your address may log in.
        </p>
      )}
      {setup.data?.oidc && (
        <a className={buttonClass()} href={`${API}/oidc/start`}>
          Log in with {setup.data.oidc.name}
        </a>
      )}
    </Entry>
  );
}

function NotSetUp() {
  return (
    <Entry title="Nobody can log in yet">
      <p>
        The server printed a one-time link when it started, in its log and on its terminal. Open that link to
        make the first account.
      </p>
      <p className="quiet">Lost it? Start the server again: it prints a new one while there is no account.</p>
    </Entry>
  );
}
