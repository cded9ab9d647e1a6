import type { Note } from "@usher/hub";
import type { NoteListener } from "../notes.ts";
import type { ApiCallers } from "./api-callers.ts";
import type { SecretUses } from "./secret-uses.ts";

/** Counts what the hub accepted because a secret had signed it. */
export function noteRecorder(uses: SecretUses, now: () => number): NoteListener {
  return (_app, note: Note) => {
    if (note.kind === "subscribed") {
      if (note.secretId === undefined) return;
      const { client, address } = note.connection.info;
      uses.record(note.secretId, "channel", client, address, now());
    } else if (note.kind === "signedIn") {
      const { client, address } = note.connection.info;
      uses.record(note.secretId, "user", client, address, now());
    }
  };
}

/** Counts a request to the HTTP API whose signature was good. */
export function requestRecorder(
  uses: SecretUses,
  callers: ApiCallers,
): (secretId: string, request: Request, nowMs: number) => void {
  return (secretId, request, nowMs) => {
    uses.record(secretId, "http_api", callers.clientOf(request), callers.addressOf(request, nowMs), nowMs);
  };
}
