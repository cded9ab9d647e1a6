import type { Database } from "../store/database.ts";
import type { NodeMarksTable } from "../store/tables.ts";

/** Something that explains why a line bends: a server came or went, a secret was rotated, an app was changed. */
export interface Mark {
  readonly atMs: number;
  readonly kind: "node" | "rotation" | "app";
  /** Half a sentence for people. */
  readonly text: string;
}

export interface NodeMark {
  readonly atMs: number;
  readonly kind: NodeMarksTable["kind"];
  readonly nodeId: string;
  readonly name: string;
  readonly version: string;
}

/** What stands on charts besides the figures. Methods throw a `StoreError`. */
export class MarkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add({ atMs, kind, nodeId, name, version }: NodeMark): Promise<void> {
    const at = new Date(atMs).toISOString();
    await this.#database.query((db) =>
      db
        .insertInto("node_marks")
        .values({ at, kind, node_id: nodeId, name, version })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  }

  async prune(nowMs: number): Promise<void> {
    const oldest = new Date(nowMs - KEPT_MS).toISOString();
    await this.#database.query((db) => db.deleteFrom("node_marks").where("at", "<", oldest).execute());
  }

  /**
   * The latest since a time, the oldest of them first.
   *
   * @param appId whose rotations and changes; `null` for those of all apps. Servers are everybody's.
   */
  async list(appId: string | null, sinceMs: number): Promise<readonly Mark[]> {
    const since = new Date(sinceMs).toISOString();
    const [nodes, changes] = await Promise.all([this.#nodes(since), this.#changes(appId, since)]);
    return [...nodes, ...changes].sort((a, b) => a.atMs - b.atMs).slice(-MOST);
  }

  async #nodes(since: string): Promise<Mark[]> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom("node_marks")
        .selectAll()
        .where("at", ">=", since)
        .orderBy("at", "desc")
        .limit(MOST)
        .execute(),
    );
    return rows.map(({ at, kind, name, version }) => ({
      atMs: Date.parse(at),
      kind: "node",
      text: `${name} ${kind} (version ${version})`,
    }));
  }

  async #changes(appId: string | null, since: string): Promise<Mark[]> {
    const rows = await this.#database.query((db) => {
      const query = db
        .selectFrom("audit")
        .select(["at", "action", "app_id"])
        .where("at", ">=", since)
        .where("action", "in", Object.keys(CHANGES))
        .orderBy("id", "desc")
        .limit(MOST);
      return (appId === null ? query : query.where("app_id", "=", appId)).execute();
    });
    return rows.map(({ at, action, app_id }) => {
      const text = CHANGES[action] ?? action;
      return {
        atMs: Date.parse(at),
        kind: action.startsWith("secret.") ? "rotation" : "app",
        text: appId === null && app_id !== null ? `${text} (app ${app_id})` : text,
      };
    });
  }
}

const MOST = 100;
const KEPT_MS = 7 * 86_400_000 + 3_600_000;

/** Actions of the audit trail that show on charts. */
const CHANGES: Readonly<Record<string, string>> = {
  "app.create": "app created",
  "app.update": "app changed",
  "app.delete": "app deleted",
  "key.add": "key added",
  "key.remove": "key removed",
  "secret.rotate": "new secret generated",
  "secret.activate": "new secret activated",
  "secret.undo": "activation undone",
  "secret.cancel": "rotation cancelled",
  "secret.revoke": "secret revoked",
  "secret.retired": "old secret retired",
};
