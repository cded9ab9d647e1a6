import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Pool, PoolClient } from "pg";
import { isAnswer } from "./postgres-errors.ts";

/**
 * The pool as Kysely sees it, without connections that may have come to grief.
 *
 * `pg` gives a connection back to the pool after a time-out on this side, with the answer to the former question still to
 * come; here it is closed instead. Where one was lost the others that were open then most likely are too, without anybody
 * having been told: they are closed before they are used, rather than each in its turn after a time-out of its own.
 */
export function soundConnections(pool: Pool): PostgresPool {
  const openedAt = new WeakMap<PoolClient, number>();
  let lostAt = Number.NEGATIVE_INFINITY;
  pool.on("connect", (client) => openedAt.set(client, performance.now()));
  return {
    options: pool.options,
    async connect() {
      for (;;) {
        const client = await pool.connect();
        if ((openedAt.get(client) ?? 0) > lostAt) {
          return soundConnection(client, () => {
            lostAt = performance.now();
          });
        }
        client.release(true);
      }
    },
    end: () => pool.end(),
  };
}

function soundConnection(client: PoolClient, onLost: () => void): PostgresPoolClient {
  let isSound = true;
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      if (isSound && !isAnswer(error)) onLost();
      isSound &&= isAnswer(error);
      throw error;
    }
  };
  return {
    // Its other form is for cursors, which nothing here uses.
    query: query as unknown as PostgresPoolClient["query"],
    release: (destroy = false) => client.release(destroy || !isSound),
  };
}
