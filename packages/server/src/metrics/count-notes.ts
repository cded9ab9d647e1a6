import type { NoteListener } from "../notes.ts";
import { increase, increment, type Meters } from "./meters.ts";

/** Turns what happens into counts, by reasons from the error table, whose number is bounded. */
export function noteCounter(meters: Meters): NoteListener {
  return (app, note) => {
    const counts = meters.ofApp(app.id);
    switch (note.kind) {
      case "subscribed":
        if (note.secretId !== undefined) increment(counts.authorizations, "subscribe granted");
        return;
      case "signedIn":
        return increment(counts.authorizations, "signin granted");
      case "refused": {
        const isAuthorization =
          note.error.spec.subscription?.type === "AuthError" || note.operation === "signin";
        const reasons = isAuthorization ? counts.authorizations : counts.refusals;
        return increment(reasons, `${note.operation} ${note.error.code}`);
      }
      case "clientEvent":
        counts.clientEvents++;
        return;
      case "grantsEnded": {
        const { channels, userId, cause } = note;
        return increase(counts.grantsEnded, cause, channels.length + (userId === undefined ? 0 : 1));
      }
      case "resumed":
        return increment(counts.returns, "resumed");
      case "gap":
        return increment(counts.returns, note.reason);
      default:
        return;
    }
  };
}
