import { describe, expect, test } from "bun:test";
import { type App, DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import { hmacSha256Hex } from "../bun/bun-hmac.ts";
import type { Answer } from "./answer.ts";
import { type ApiRequest, Parameters } from "./api-request.ts";
import { publishOnce } from "./publish-once.ts";
import { type Route, routeOf } from "./routes.ts";
import type { KeyClaim, SharedKeys } from "./shared-keys.ts";

const APP: App = {
  id: "3",
  name: "Shop",
  enabled: true,
  keys: [{ key: "k", secrets: [{ id: "s", value: "secret" }] }],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};
const ROUTE = routeOf("/apps/3/events", "POST") as Route;
const REQUEST = { query: [["body_md5", "m"]], idempotencyKey: undefined } as unknown as ApiRequest;
const SENT: Answer = { status: 200, json: "{}" };
const KEPT: Answer = { ...SENT, isIdempotent: true };
const REFUSED = new UsherError("http_parameter_invalid", { problem: "none" });

/** One node, and what its cluster answers about keys. */
function openNode(sharedKeys?: SharedKeys) {
  const hub = new Hub({
    findAppByKey: () => APP,
    hmacHex: hmacSha256Hex,
    random: Math.random,
    maxConnections: null,
  });
  const node = {
    sends: 0,
    publish(key: string | undefined, answer: Answer | Promise<Answer> = SENT, md5 = "m") {
      const parameters = new Parameters(key === undefined ? {} : { idempotency_key: key }, []);
      const request = { ...REQUEST, query: [["body_md5", md5]] } as ApiRequest;
      return publishOnce(APP, ROUTE, request, parameters, { hub, nowMs: 0, sharedKeys }, () => {
        node.sends++;
        return answer;
      });
    },
  };
  return node;
}

/** What a cluster says to the claims that come, one after the other, and what became of those that were the first. */
function cluster(...claims: ("first" | Exclude<KeyClaim, { kind: "first" }>)[]) {
  return toldCluster(true, claims);
}

/** @param isTold false: an answer is known to all nodes once `tell` is called. */
function toldCluster(isTold: boolean, claims: ("first" | Exclude<KeyClaim, { kind: "first" }>)[]) {
  const outcomes: unknown[] = [];
  const told = Promise.withResolvers<void>();
  const keys: SharedKeys = {
    async claim() {
      const next = claims.shift() ?? { kind: "unavailable" };
      if (next !== "first") return next;
      return {
        kind: "first",
        settle: (answer) => {
          outcomes.push(answer);
          return isTold ? Promise.resolve() : told.promise;
        },
        release: () => void outcomes.push("released"),
      };
    },
  };
  return { keys, outcomes, tell: told.resolve };
}

describe("a request under an idempotency key", () => {
  test("is answered at once where there is one node", () => {
    const node = openNode();
    expect(node.publish(undefined)).toEqual(SENT);
    expect(node.publish("key")).toEqual(KEPT);
    expect(node.publish("key")).toEqual(KEPT);
    expect(node.sends).toBe(2);
    expect(node.publish("key", SENT, "other")).toBeInstanceOf(UsherError);
    expect(node.publish("refused", REFUSED)).toBe(REFUSED);
    expect(node.publish("refused")).toEqual(KEPT);
  });

  test("without a key does not ask the cluster", () => {
    const { keys } = cluster("first");
    expect(openNode(keys).publish(undefined)).toEqual(SENT);
  });

  test("is settled with its answer, and given up when it was refused", async () => {
    const { keys, outcomes } = cluster("first", "first");
    const node = openNode(keys);
    expect(await node.publish("refused", REFUSED)).toBe(REFUSED);
    expect(await node.publish("key", Promise.resolve(SENT))).toEqual(KEPT);
    expect(outcomes).toEqual(["released", KEPT]);
    // From then on this node knows the answer itself, with or without the cluster.
    expect(await node.publish("key")).toEqual(KEPT);
    expect(node.sends).toBe(2);
  });

  test("is answered once all nodes have the answer: this one may die the moment after", async () => {
    const { keys, outcomes, tell } = toldCluster(false, ["first"]);
    let isAnswered = false;
    const answering = Promise.resolve(openNode(keys).publish("key")).then(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([outcomes, isAnswered]).toEqual([[KEPT], false]);
    tell();
    await answering;
  });

  test("has the answer that another node gave", async () => {
    const { keys } = cluster({ kind: "repeated", answer: KEPT });
    const node = openNode(keys);
    expect(await node.publish("key")).toEqual(KEPT);
    expect(node.sends).toBe(0);
  });

  test.each([
    ["different", "idempotency_key_reused"],
    ["pending", "idempotency_key_pending"],
  ] as const)("is refused while its key is %s", async (kind, code) => {
    const node = openNode(cluster({ kind }).keys);
    expect(await node.publish("key")).toMatchObject({ code });
    expect(node.sends).toBe(0);
  });

  test("has the memory of this node while what is shared is out of reach", async () => {
    const node = openNode(cluster({ kind: "unavailable" }, { kind: "unavailable" }).keys);
    const both = await Promise.all([node.publish("key"), node.publish("key")]);
    expect(both).toEqual([KEPT, KEPT]);
    expect(node.sends).toBe(1);
  });

  test("gives its key back when sending fails for a reason of ours", async () => {
    const { keys, outcomes } = cluster("first");
    const failed = openNode(keys).publish("key", Promise.reject(new Error("lost")));
    await expect(failed).rejects.toThrow("lost");
    expect(outcomes).toEqual(["released"]);
  });
});
