import { z } from "zod";

/**
 * What one node says to all others, on the control topic. A message that a node does not understand, since the other is of a
 * newer version, is dropped and counted.
 */
export const controlMessage = z.discriminatedUnion("kind", [
  /** Something about apps has been committed: read it now rather than at the next look. */
  z.object({ kind: z.literal("appsChanged") }),
  z.object({ kind: z.literal("terminate"), appId: z.string(), userId: z.string() }),
  z.object({
    kind: z.literal("revoke"),
    appId: z.string(),
    channel: z.string().nullable(),
    userId: z.string().nullable(),
    socketId: z.string().nullable(),
    reason: z.string().nullable(),
  }),
]);

export type ControlMessage = z.infer<typeof controlMessage>;

/** What one node says to one other, on that one's own topic. */
export const inboxMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("session"), from: z.string(), body: z.unknown() }),
]);

export type InboxMessage = z.infer<typeof inboxMessage>;
