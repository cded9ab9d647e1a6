import { z } from "zod";

/**
 * What two nodes say to each other about requests of connections over HTTP: the one that a request came to, which numbers
 * what it asks, and the one that has the session.
 */
export const sessionMessage = z.discriminatedUnion("what", [
  /** Frames of the client. */
  z.object({
    what: z.literal("send"),
    id: z.number(),
    session: z.string(),
    origin: z.string().nullable(),
    frames: z.array(z.string()),
  }),
  /** The client sent what cannot be taken: it has to start anew. */
  z.object({
    what: z.literal("sendAway"),
    session: z.string(),
    origin: z.string().nullable(),
    code: z.enum(["over_capacity", "frame_too_large"]),
  }),
  /** Frames of the client may not have arrived: it has to start anew. Said again until it is `heard`. */
  z.object({ what: z.literal("lost"), session: z.string(), origin: z.string().nullable() }),
  z.object({ what: z.literal("heard"), session: z.string() }),
  /** The client waits for what there is to receive: once, or for as long as the answer is not full. */
  z.object({
    what: z.literal("receive"),
    id: z.number(),
    session: z.string(),
    origin: z.string().nullable(),
    isPoll: z.boolean(),
  }),
  /** The client waits no longer. */
  z.object({ what: z.literal("gone"), id: z.number() }),
  /** Clients still wait. */
  z.object({ what: z.literal("waiting"), ids: z.array(z.number()) }),

  /** Were the frames taken? Or there is nothing to receive from. */
  z.object({ what: z.literal("answer"), id: z.number(), isTaken: z.boolean() }),
  /** Lines for the client, counted from 0. */
  z.object({ what: z.literal("lines"), id: z.number(), number: z.number(), lines: z.string() }),
  /** Nothing more comes. */
  z.object({ what: z.literal("end"), id: z.number() }),
  /** More will come, or may. So many messages with lines were sent up to now. */
  z.object({
    what: z.literal("kept"),
    requests: z.array(z.object({ id: z.number(), sent: z.number() })),
  }),
]);

export type SessionMessage = z.infer<typeof sessionMessage>;

export type Say<What extends SessionMessage["what"]> = Extract<SessionMessage, { what: What }>;
