import type { Hub } from "@usher/hub";
import type { ChannelName, SocketId } from "@usher/protocol";
import type { Cluster, ClusterOptions } from "../cluster/cluster.ts";
import { LinkMeters } from "../cluster/link/link-meters.ts";
import { parseRedisUrl } from "../cluster/link/redis-url.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Grants } from "../grants/grants.ts";
import type { Store } from "../store/open-store.ts";
import { secureRandom } from "./surroundings.ts";

export interface ClusterPartsOptions
  extends Pick<ClusterOptions, "apply" | "findAppById" | "about" | "log" | "onBack" | "now"> {
  readonly hub: Hub;
  readonly grants: Grants;
  /** Resolves once all that is committed holds here. */
  readonly refresh: () => Promise<void>;
}

/**
 * The cluster that a configuration makes this server a node of; undefined for a server of its own, which then need not load any
 * of it. Rejects with a `StartError` when Redis is not to be had.
 */
export async function joinedBy(
  { redisUrl, redisPrefix: prefix }: Pick<ServerConfig, "redisUrl" | "redisPrefix">,
  { vault }: Pick<Store, "vault">,
  { grants, refresh, ...parts }: ClusterPartsOptions,
): Promise<Cluster | undefined> {
  const target = redisUrl === null ? undefined : parseRedisUrl(redisUrl);
  if (!target) return undefined;
  const { Cluster } = await import("../cluster/cluster.ts");
  const { hub, apply, findAppById } = parts;
  const cluster = await Cluster.open({
    ...parts,
    target,
    prefix,
    key: vault.clusterKey,
    meters: new LinkMeters(),
    random: secureRandom,
  });
  const { bus } = cluster;
  bus.on("appsChanged", () => void refresh());
  bus.on("terminate", ({ appId, userId }) => {
    const app = findAppById(appId);
    if (app) apply(hub.terminateUser(app, userId));
  });
  bus.on("revoke", ({ appId, channel, userId, socketId, reason }) => {
    const app = findAppById(appId);
    const scope = { channel: channel as ChannelName | null, userId, socketId: socketId as SocketId | null };
    if (app) grants.revoke(app, scope, reason);
  });
  return cluster;
}
