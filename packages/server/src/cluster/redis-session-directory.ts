import type { ClusterLink } from "./link/cluster-link.ts";
import type { ClusterNames } from "./link/cluster-names.ts";
import { ENTRY_SECONDS, type SessionDirectory } from "./session-directory.ts";

/** One key for each session. Every method is one command, and rejects with a `LinkError`. */
export function redisSessionDirectory(
  link: Pick<ClusterLink, "command">,
  names: Pick<ClusterNames, "session">,
): SessionDirectory {
  const ttl = String(ENTRY_SECONDS);
  return {
    async claim(sessionId, nodeId) {
      const key = names.session(sessionId);
      const holder = await link.command(key, ["SET", key, nodeId, "NX", "GET", "EX", ttl]);
      return typeof holder === "string" ? holder : nodeId;
    },
    async find(sessionId) {
      const key = names.session(sessionId);
      const holder = await link.command(key, ["GET", key]);
      return typeof holder === "string" ? holder : undefined;
    },
    async renew(sessionId, nodeId) {
      const key = names.session(sessionId);
      await link.command(key, ["SET", key, nodeId, "EX", ttl]);
    },
    async release(sessionId) {
      const key = names.session(sessionId);
      await link.command(key, ["DEL", key]);
    },
  };
}
