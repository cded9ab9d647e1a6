import type { AppAnswer } from "@usher/server/admin-types";
import { CliError, usageError } from "../cli-error.ts";
import type { AdminClient } from "./admin-client.ts";
import type { AppFlags, KeyFlags } from "./options.ts";

/** The app that `--app` names, or the only one there is. */
export async function chooseAppId(admin: AdminClient, { app }: AppFlags): Promise<string> {
  if (app !== undefined) return app;
  const { items } = await admin.apps();
  const [only, ...others] = items;
  if (only && others.length === 0) return only.id;
  throw only
    ? usageError("there are several apps", "Choose one with --app; `usher apps list` shows them.")
    : usageError("there is no app", "Make one with `usher apps create`.");
}

/** An app and one of its keys: that of `--key`, or the only one it has. */
export async function chooseKey(
  admin: AdminClient,
  flags: KeyFlags,
): Promise<{ readonly appId: string; readonly key: string }> {
  const appId = await chooseAppId(admin, flags);
  return { appId, key: flags.key ?? onlyKeyOf(await admin.app(appId)) };
}

function onlyKeyOf({ id, keys }: AppAnswer): string {
  const [only, ...others] = keys;
  if (only && others.length === 0) return only.key;
  if (!only)
    throw new CliError("refused", "key_not_found", `app ${id} has no key`, "`usher keys add` makes one.");
  const names = keys.map(({ key }) => key).join(", ");
  throw usageError(`app ${id} has several keys`, `Choose one with --key: ${names}.`);
}
