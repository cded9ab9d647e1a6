import { randomUUID } from "node:crypto";
import type { App } from "@usher/hub";
import type { CandidateSecret, Explanation } from "@usher/protocol/explain";
import { type RefusalReader, readableRefusal } from "./readable-refusal.ts";
import { operationOf, type Refused } from "./refused.ts";

const MOST_FOR_APP = 100;

/** A refusal as a person looks at it. Holds no secret and no signature. */
export interface RecentRefusal {
  readonly id: string;
  readonly atMs: number;
  readonly operation: string;
  readonly code: string;
  /** What the client was told, signatures shortened. */
  readonly reason: string;
  readonly hint: string;
  readonly channel: string | undefined;
  readonly socketId: string | undefined;
  readonly client: string | undefined;
  readonly address: string | null;
  readonly explanation: Explanation | undefined;
}

export interface RecentRefusalsOptions {
  readonly secrets: () => readonly CandidateSecret[];
  readonly now: () => number;
  /** Told of each as it is kept. */
  readonly onAdded: (app: App, refusal: RecentRefusal) => void;
}

/** The last refusals of each app, with what was found out about them: what the auth doctor begins with. */
export class RecentRefusals implements RefusalReader {
  readonly #options: RecentRefusalsOptions;
  readonly #byApp = new Map<string, RecentRefusal[]>();

  constructor(options: RecentRefusalsOptions) {
    this.#options = options;
  }

  write(refused: Refused, explanation: Explanation | undefined): void {
    const { app } = refused;
    if (!app) return;
    const { secrets, now, onAdded } = this.#options;
    const refusal = {
      id: randomUUID(),
      atMs: now(),
      code: refused.error.code,
      hint: refused.error.hint,
      ...readableRefusal(refused, secrets()),
      operation: operationOf(refused),
      ...sender(refused),
      explanation,
    };
    const kept = this.#byApp.get(app.id) ?? [];
    kept.push(refusal);
    if (kept.length > MOST_FOR_APP) kept.shift();
    this.#byApp.set(app.id, kept);
    onAdded(app, refusal);
  }

  /** The latest first. */
  of(appId: string): readonly RecentRefusal[] {
    return (this.#byApp.get(appId) ?? []).toReversed();
  }

  forget(appId: string): void {
    this.#byApp.delete(appId);
  }
}

function sender(refused: Refused) {
  if (refused.kind === "call") return { socketId: undefined, client: undefined, address: null };
  const { socketId, info } = refused.connection;
  return { socketId: socketId as string, client: info.client, address: info.address };
}
