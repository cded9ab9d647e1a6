import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { type App, useDeleteApp, useUpdateApp } from "../../api/apps.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { CreateApp } from "../apps/create-app.tsx";
import { ExportButton } from "../apps/export-button.tsx";
import classes from "./settings.module.css";

/** The app as a whole: its name, whether it is on, a copy, an export, its end. */
export function AppItself({ app }: { readonly app: App }) {
  const update = useUpdateApp(app.id);
  const remove = useDeleteApp(app.id);
  const [, navigate] = useLocation();
  const [dialog, setDialog] = useState<"copy" | "disable" | "delete" | undefined>();
  const role = useSession().data?.principal.role;
  const isOwner = isAtLeast(role, "owner");
  const close = () => setDialog(undefined);
  const rename = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name"));
    update.mutate({ name }, { onSuccess: () => say("The app is renamed"), onError: sayFailed });
  };
  const enable = (enabled: boolean) => {
    close();
    update.mutate(
      { enabled },
      { onSuccess: () => say(enabled ? "The app is on" : "The app is off"), onError: sayFailed },
    );
  };
  const end = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        navigate("/apps");
        say(`${app.name} is deleted`);
      },
      onError: sayFailed,
    });
  return (
    <Panel title="The app">
      {isAtLeast(role, "operator") && (
        <form className={classes.rename} onSubmit={rename}>
          <TextField label="Name" name="name" defaultValue={app.name} maxLength={100} required />
          <Button type="submit" disabled={update.isPending}>
            Rename
          </Button>
        </form>
      )}
      <Facts>
        {!isAtLeast(role, "operator") && <Fact name="Name">{app.name}</Fact>}
        <Fact name="App id">
          <code>{app.id}</code>
          <CopyButton text={app.id} what="the app id" />
        </Fact>
        <Fact name="State">
          <Badge tone={app.enabled ? "good" : "bad"}>{app.enabled ? "enabled" : "disabled"}</Badge>
        </Fact>
        <Fact name="Created">
          <Ago at={app.created_at} />
        </Fact>
      </Facts>
      <div className={classes.actions}>
        {isOwner && <Button onClick={() => setDialog("copy")}>Make another like it</Button>}
        <ExportButton appId={app.id} />
        {isAtLeast(role, "operator") &&
          (app.enabled ? (
            <Button kind="danger" onClick={() => setDialog("disable")}>
              Disable
            </Button>
          ) : (
            <Button kind="primary" onClick={() => enable(true)}>
              Enable
            </Button>
          ))}
        {isOwner && (
          <Button kind="danger" onClick={() => setDialog("delete")}>
            Delete
          </Button>
        )}
      </div>
      <CreateApp isOpen={dialog === "copy"} close={close} settings={app.settings} />
      <Confirm
        title="Disable the app"
        isOpen={dialog === "disable"}
        close={close}
        action="Disable it"
        run={() => enable(false)}
      >
        <p>
          Its clients are sent away with 4003 and stay away until their pages are loaded again, and the HTTP
          API refuses its requests. Nothing is deleted.
        </p>
      </Confirm>
      <Confirm
        title="Delete the app"
        isOpen={dialog === "delete"}
        close={close}
        action="Delete it for good"
        typed={app.id}
        isPending={remove.isPending}
        run={end}
      >
        <p>With its keys, secrets and grants. Its clients are sent away with 4001 and do not come back.</p>
      </Confirm>
    </Panel>
  );
}
