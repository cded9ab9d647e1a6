import { z } from "zod";

/** What a worker is told first of all. */
const roleSchema = z.object({
  kind: z.literal("role"),
  /** From 1. */
  index: z.int().positive(),
  of: z.int().positive(),
  /** That all of them listen on; 0 for the first, which finds a free one for all. */
  port: z.int(),
  opsPort: z.int(),
  /** Good for the admin API of each of them, from this machine. */
  localToken: z.string().min(1),
  /** It is the one that says what a person who starts the server is to know. */
  isAnnouncing: z.boolean(),
});

export type WorkerRole = z.output<typeof roleSchema>;

const toWorkerSchema = z.discriminatedUnion("kind", [roleSchema, z.object({ kind: z.literal("stop") })]);

/** From the parent to a worker. */
export type ToWorker = z.output<typeof toWorkerSchema>;

const fromWorkerSchema = z.object({ kind: z.literal("listening"), port: z.int(), opsPort: z.int() });

/** From a worker to its parent. */
export type FromWorker = z.output<typeof fromWorkerSchema>;

/** Undefined for what is none: the runtime may send messages of its own. */
export function parseToWorker(message: unknown): ToWorker | undefined {
  return toWorkerSchema.safeParse(message).data;
}

export function parseFromWorker(message: unknown): FromWorker | undefined {
  return fromWorkerSchema.safeParse(message).data;
}
