import type { StoredApp } from "../store/app-store.ts";
import type { Signer } from "./webhook-request.ts";

/** What signs an app's webhooks: the current secret of its oldest key, and the one that this key is being given. */
export function appSigner(app: Pick<StoredApp, "keys" | "secrets"> | undefined): Signer | undefined {
  const [oldest] = app?.keys ?? [];
  const [current] = oldest?.secrets ?? [];
  if (!app || !oldest || !current) return undefined;
  const pending = app.secrets.find(({ key, state }) => key === oldest.key && state === "pending");
  return { key: oldest.key, secret: current.value, nextSecret: pending?.value };
}
