import type { App } from "@usher/hub";
import { type JsonObject, UsherError } from "@usher/protocol";
import type { Actor } from "../../actor.ts";
import { parseGrantsToRevoke } from "../../grants/grants-to-revoke.ts";
import { type RevokeGrants, revocationAnswer } from "../../grants/revoke-grants.ts";
import { StoreError } from "../../store/store-error.ts";
import { type Answer, answerJson, parameterInvalid } from "./answer.ts";

/** `POST /apps/{id}/grants/revoke`. Its parameters are those of the body alone: what is in no signed body takes nothing back. */
export async function revokeGrantsOf(
  app: App,
  body: JsonObject,
  by: Actor,
  revokeGrants: RevokeGrants,
): Promise<Answer> {
  const what = parseGrantsToRevoke(body, app.settings);
  if (!what.ok) return what.error;
  try {
    return answerJson(revocationAnswer(await revokeGrants(app, what.value, by)));
  } catch (error) {
    return refusalBy(error, app);
  }
}

/** What the store refuses for a reason that the app's server can do something about; anything else is a fault of ours. */
function refusalBy(error: unknown, app: App): UsherError {
  if (error instanceof StoreError && error.code === "too_many_restrictions") {
    return parameterInvalid(`${error.message}. ${error.hint}`);
  }
  if (error instanceof StoreError && error.code === "app_not_found") {
    return new UsherError("http_app_not_found", { id: app.id });
  }
  throw error;
}
