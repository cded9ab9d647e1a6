import type { Store } from "../../store/open-store.ts";
import { type Role, SCOPES, type Scope } from "../principal.ts";
import { type AskOptions, openAdmin } from "./admin-harness.ts";

/** An answer of the admin API, as far as a test looks at it. */
export interface Answered {
  readonly status: number;
  /** The JSON; undefined for an answer without a body. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects, field by field.
  readonly body: any;
  readonly text: string;
}

/** Sends requests to an admin API as one principal. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Answered>;

/** The admin API on a store of its own, without a running server. */
export interface StoreOnlyAdmin {
  readonly store: Store;
  /** As the command line, which may do everything. */
  readonly ask: Ask;
  /** As a token with this role, and all scopes unless they are given. */
  as(role: Role, scopes?: readonly Scope[]): Promise<Ask>;
  /** The text of every answer so far. */
  readonly answers: readonly string[];
  close(): Promise<void>;
}

export async function openStoreOnlyAdmin(): Promise<StoreOnlyAdmin> {
  const harness = await openAdmin();
  const answers: string[] = [];
  const asker =
    (options: AskOptions): Ask =>
    async (method, path, body) => {
      const answer = await harness.ask(`${method} ${path}`, { ...options, body });
      const text = JSON.stringify(answer.body) ?? "";
      answers.push(text);
      return { status: answer.status, body: answer.body, text };
    };
  return {
    store: harness.store,
    ask: asker({ from: { isInProcess: true } }),
    as: async (role, scopes = SCOPES) => asker({ as: await harness.token(role, scopes) }),
    answers,
    close: () => harness.close(),
  };
}
