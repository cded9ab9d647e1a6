import { describe, expect, test } from "bun:test";
import { type App, type Connection, DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import { type ClientMessage, channelStringToSign, userStringToSign } from "@usher/protocol";
import { hmacSha256Hex } from "../edges/bun/bun-hmac.ts";
import { type HubLiveOptions, hubLive } from "./hub-live.ts";

const APP: App = {
  id: "7",
  name: "Shop",
  enabled: true,
  keys: [
    {
      key: "k",
      secrets: [
        { id: "current", value: "the current secret" },
        { id: "pending", value: "the pending secret" },
      ],
    },
  ],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};

/** A hub with connections in it, and what the admin API sees of it. Nothing is carried out. */
function openLive() {
  const hub = new Hub({
    findAppByKey: () => APP,
    hmacHex: hmacSha256Hex,
    random: Math.random,
    maxConnections: null,
  });
  // Reading needs the hub, the sockets and the time alone.
  const live = hubLive({ hub, sockets: new Map(), now: () => 0 } as unknown as HubLiveOptions);
  const secretOf = (id: string) => APP.keys[0]?.secrets.find((secret) => secret.id === id)?.value ?? "";
  const receive = (connection: Connection, message: ClientMessage) => hub.receive(connection, message, 0);
  return {
    live,
    hub,
    connect(address: string): Connection {
      const handshake = { key: "k", protocol: 7, client: "js", version: "8.6.0" };
      const admitted = hub.connect({ handshake, pageOrigin: undefined, address, isTls: false }, 0);
      if (!admitted.ok) throw new Error(admitted.error.message);
      return admitted.value.connection;
    },
    subscribe(connection: Connection, channel: string, secretId?: string): void {
      const text = channelStringToSign(connection.socketId, channel);
      const auth = secretId && `k:${hmacSha256Hex(secretOf(secretId), text)}`;
      receive(connection, { kind: "subscribe", channel, auth, channelData: undefined });
    },
    signIn(connection: Connection, userId: string, secretId: string): void {
      const userData = JSON.stringify({ id: userId });
      const text = userStringToSign(connection.socketId, userData);
      receive(connection, { kind: "signin", auth: `k:${hmacSha256Hex(secretOf(secretId), text)}`, userData });
    },
  };
}

describe("what the secrets of an app hold", () => {
  test("counts a connection once for each secret, and what each signed", () => {
    const { live, connect, subscribe, signIn } = openLive();
    const both = connect("10.0.0.1");
    subscribe(both, "private-a", "current");
    subscribe(both, "private-b", "pending");
    subscribe(both, "private-c", "current");
    subscribe(both, "open");
    signIn(both, "u", "current");
    const one = connect("10.0.0.2");
    subscribe(one, "private-a", "pending");
    subscribe(connect("10.0.0.3"), "open");

    expect(live.held("7").get("current")).toMatchObject({ connections: 1, subscriptions: 2, signIns: 1 });
    expect(live.held("7").get("pending")).toMatchObject({ connections: 2, subscriptions: 2, signIns: 0 });
  });

  test("is nothing for an app that nobody uses", () => {
    const { live } = openLive();
    expect(live.held("7").size).toBe(0);
    expect(live.counts("7")).toEqual({ connections: 0, channels: 0, users: 0 });
    expect(live.connection("7", "1.1")).toBeUndefined();
  });
});

test("what a connection has left is no longer there", async () => {
  const { live, hub, connect, subscribe, signIn } = openLive();
  const connection = connect("10.0.0.1");
  subscribe(connection, "private-a", "current");
  signIn(connection, "u", "current");
  expect(live.counts("7")).toEqual({ connections: 1, channels: 1, users: 1 });
  hub.disconnect(connection, 0);
  expect(live.counts("7")).toEqual({ connections: 0, channels: 0, users: 0 });
  expect(await live.channel("7", "private-a")).toBeUndefined();
  const everything = { after: null, limit: 10, search: undefined, socketId: undefined, userId: undefined };
  expect(live.connections("7", { ...everything, address: undefined, channel: undefined })).toEqual([]);
});
