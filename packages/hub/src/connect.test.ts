import { describe, expect, test } from "bun:test";
import { isSocketId } from "@usher/protocol";
import { TestHub } from "./testing/test-hub.ts";

describe("a client that may stay", () => {
  test("gets connection_established, and nothing before it", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 90 });
    const { connection, effects } = hub.admit();
    const { socketId } = connection;
    expect(isSocketId(socketId)).toBe(true);
    expect(hub.lines(effects)).toEqual([
      `${socketId} <- connectionEstablished {"socketId":"${socketId}","activityTimeoutSeconds":90}`,
    ]);
  });

  test("gets a socket id that no other connection of the app has", () => {
    const hub = new TestHub({}, { random: [0.1, 0.2, 0.1, 0.2, 0.3, 0.4] });
    expect(hub.connect("ann").socketId).toBe("100000001.200000001" as never);
    expect(hub.connect("bob").socketId).toBe("300000001.400000001" as never);
  });

  test("may come without an origin, as clients that are no browsers do", () => {
    const hub = new TestHub({ allowedOrigins: ["https://example.com"] });
    expect(hub.refusal()).toBeUndefined();
    expect(hub.refusal({ pageOrigin: "https://example.com" })).toBeUndefined();
    expect(hub.refusal({ pageOrigin: "https://example.org" })).toBe("origin_refused");
  });

  test("may leave the protocol version out, unless the app is strict", () => {
    expect(new TestHub().refusal({ protocol: undefined })).toBeUndefined();
    expect(new TestHub({ strict: true }).refusal({ protocol: undefined })).toBe("protocol_missing");
  });
});

test("the checks are made in the published order, and each refusal names the first that failed", () => {
  const settings = {
    strict: true,
    forceTls: true,
    allowedOrigins: ["https://example.com"],
    connectionQuota: 0,
  };
  const hub = new TestHub(settings, { maxConnections: 0 });
  const wrong = { key: "unknown", protocol: undefined, pageOrigin: "https://example.org" };
  expect(hub.refusal(wrong)).toBe("app_not_found");
  hub.change({}, { enabled: false });
  const known = { protocol: undefined, pageOrigin: wrong.pageOrigin };
  expect(hub.refusal(known)).toBe("protocol_missing");
  expect(hub.refusal({ pageOrigin: wrong.pageOrigin })).toBe("app_disabled");
  hub.change({}, { enabled: true });
  expect(hub.refusal({ pageOrigin: wrong.pageOrigin })).toBe("tls_required");
  expect(hub.refusal({ pageOrigin: wrong.pageOrigin, isTls: true })).toBe("origin_refused");
  const right = { pageOrigin: "https://example.com", isTls: true };
  expect(hub.refusal(right)).toBe("connection_quota_reached");
  hub.change({ connectionQuota: null });
  expect(hub.refusal(right)).toBe("over_capacity");
});

test("a client that is refused leaves nothing behind", () => {
  const hub = new TestHub({ connectionQuota: 1, authorizedConnections: false });
  hub.connect("ann");
  expect(hub.refusal()).toBe("connection_quota_reached");
  expect(hub.hub.connectionCount).toBe(1);
  expect(hub.state.connections.size).toBe(1);
});

describe("the quota of an app", () => {
  test("is free again when a connection has ended", () => {
    const hub = new TestHub({ connectionQuota: 2 });
    const ann = hub.connect("ann");
    hub.connect("bob");
    expect(hub.refusal()).toBe("connection_quota_reached");
    hub.disconnect(ann);
    expect(hub.refusal()).toBeUndefined();
  });

  test("does not count connections that have proved nothing yet, where they must", () => {
    const hub = new TestHub({ connectionQuota: 1, authorizedConnections: true });
    hub.connect("ann");
    const bob = hub.connect("bob");
    const cid = hub.connect("cid");
    hub.subscribe(bob, "my-channel");
    expect(hub.state.quotaUse).toBe(0);
    hub.subscribe(bob, "private-a", { auth: "278d425bdf160c739803:wrong" });
    expect(hub.state.quotaUse).toBe(0);
    hub.subscribe(bob, "private-a");
    expect(hub.state.quotaUse).toBe(1);
    expect(hub.refusal()).toBe("connection_quota_reached");
    hub.unsubscribe(bob, "private-a");
    expect(hub.state.quotaUse).toBe(1);
    hub.signIn(cid, { id: "1" });
    expect(hub.state.quotaUse).toBe(2);
    hub.disconnect(bob);
    hub.disconnect(cid);
    expect(hub.state.quotaUse).toBe(0);
    expect(hub.state.unauthorized.size).toBe(1);
  });

  test("counts everybody where nothing must be proved", () => {
    const hub = new TestHub();
    hub.connect("ann");
    expect(hub.state.quotaUse).toBe(1);
    expect(hub.state.unauthorized.size).toBe(0);
  });
});

test("the capacity of the server is shared by all apps and free again when a connection has ended", () => {
  const hub = new TestHub({}, { maxConnections: 1 });
  const ann = hub.connect("ann");
  hub.app = { ...hub.app, id: "4" };
  expect(hub.refusal()).toBe("over_capacity");
  hub.disconnect(ann);
  hub.disconnect(ann);
  expect(hub.hub.connectionCount).toBe(0);
  expect(hub.refusal()).toBeUndefined();
});
