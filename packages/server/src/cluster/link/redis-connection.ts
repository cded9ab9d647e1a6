import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { createClient, RESP_TYPES } from "@redis/client";
import { LinkError, linkError } from "./link-error.ts";
import { describeAddress, type RedisAddress, type RedisTarget } from "./redis-url.ts";

/**
 * One connection to one server. It is made once and never again: when it is lost, so is everything that was under way on
 * it, and whoever made it starts over, since another server may have taken this one's place.
 */
export interface RedisConnection {
  readonly where: string;
  /** What the server says about itself: `mode`, `role`, `version` and more. */
  readonly about: ReadonlyMap<unknown, unknown>;
  /** Rejects with the reason as Redis or the client library gave it. */
  send(command: readonly string[]): Promise<unknown>;
  /** The topics are of one slot, unless this is no Redis Cluster. One function must be given for all topics. */
  subscribe(topics: string[], onMessage: OnMessage): Promise<void>;
  unsubscribe(topic: string, onMessage: OnMessage): Promise<void>;
  close(): void;
}

export type OnMessage = (message: string, topic: string) => void;

/** Connects, within five seconds. Rejects with a `LinkError`. */
export async function connectRedis(
  target: RedisTarget,
  address: RedisAddress,
  role: "server" | "sentinel",
  onLost: (reason: LinkError) => void,
): Promise<RedisConnection> {
  const where = describeAddress(address);
  const client = clientFor(target, address, role);
  let isOpen = false;
  let isClosed = false;
  const lose = (error: unknown) => {
    if (!isOpen || isClosed) return;
    isClosed = true;
    client.destroy();
    onLost(linkError(error, where));
  };
  client.on("error", lose);
  client.on("end", () => lose(new Error("the connection was closed")));
  // A slot with topics has gone to another master.
  client.on("sharded-channel-moved", () => lose(new Error("the connection was closed: a slot has moved")));
  let about: ReadonlyMap<unknown, unknown>;
  try {
    about = await within(OPEN_TIMEOUT_MS, async () => {
      await client.connect();
      // What every user may ask.
      return pairs(await client.sendCommand(["HELLO", "3"]));
    });
    isOpen = true;
  } catch (error) {
    client.destroy();
    throw linkError(error, where);
  }
  return {
    where,
    about,
    send: (command) => client.sendCommand(command),
    subscribe: (topics, onMessage) => client.sSubscribe(topics, onMessage),
    // With the function: without it the client library would take a subscription that follows at once for one that is there.
    unsubscribe: (topic, onMessage) => client.sUnsubscribe(topic, onMessage),
    close: () => {
      isClosed = true;
      client.destroy();
    },
  };
}

/** For the network, and for all with what the server has to say. */
const CONNECT_TIMEOUT_MS = 3_000;
const OPEN_TIMEOUT_MS = 5_000;

async function within<Value>(timeoutMs: number, work: () => Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`timeout: no answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

function pairs(reply: unknown): ReadonlyMap<unknown, unknown> {
  const flat = Array.isArray(reply) ? reply : [];
  return new Map(flat.flatMap((key, index) => (index % 2 === 0 ? [[key, flat[index + 1]]] : [])));
}

function clientFor(target: RedisTarget, { host, port }: RedisAddress, role: "server" | "sentinel") {
  const isServer = role === "server";
  const username = isServer ? target.user : target.sentinelUser;
  const password = isServer ? target.password : target.sentinelPassword;
  return createClient({
    RESP: 3,
    socket: {
      host,
      port,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: false,
      ...(target.isTls ? tlsOptions(target, host) : {}),
    },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isServer ? { database: target.database } : {}),
    name: "usher",
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    commandOptions: {
      // The echo ends what takes too long, with all that is under way; a timer for each command would cost more than the command.
      timeout: 0,
      typeMapping: { [RESP_TYPES.MAP]: Array },
    },
  });
}

function tlsOptions({ ca, cert, key }: RedisTarget, host: string) {
  return {
    tls: true as const,
    // What the certificate must be for; of an address it is the address itself.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: readPem(ca) }),
    ...(cert === undefined ? {} : { cert: readPem(cert) }),
    ...(key === undefined ? {} : { key: readPem(key) }),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new LinkError("redis_tls_failed", `${path} of redis_url cannot be read: ${String(error)}`, error);
  }
}
