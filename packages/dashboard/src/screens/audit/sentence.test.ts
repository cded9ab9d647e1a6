import { describe, expect, test } from "bun:test";
import type { AuditActor, AuditEntry } from "../../api/audit.ts";
import { ACTIONS, actorOf, leadToApp, sentenceOf } from "./sentence.ts";

const ADA: AuditActor = { kind: "operator", id: "op_1", name: "ada@example.com", address: "127.0.0.1" };

function entry(action: string, details: AuditEntry["details"] = {}, target = "k1"): AuditEntry {
  return { id: "1", at: "2026-01-01T00:00:00.000Z", actor: ADA, action, app_id: "3", target, details };
}

describe("an entry as a sentence", () => {
  test.each([
    [
      entry("secret.rotate", { secrets: [{ fingerprint: "9f86d081884c" }] }),
      "made a new secret 9f86d081884c for key k1",
    ],
    [entry("app.update", { name: { from: "a", to: "b" }, enabled: {} }), "changed name and enabled"],
    [
      entry("grant.revoke", { channel: "presence-lobby", user_id: "7", socket_id: null }),
      "took back grants of user 7 on presence-lobby",
    ],
    [
      entry("grant.revoke", { channel: null, user_id: null, at_ms: 5 }),
      "took back grants that were signed earlier",
    ],
    [
      entry("operator.update", { email: "b@example.com", role: "owner", former_role: "viewer" }),
      "made b@example.com owner, who was viewer",
    ],
    [entry("operator.update", { email: "b@example.com", name: "Bo" }), "renamed b@example.com"],
    [
      entry("connection.end", { stay_away: true }, "1.2"),
      "ended the connection 1.2 and told it to stay away",
    ],
    [entry("node.drain", { name: "web-1:6001" }, "node_1"), "took the server web-1:6001 out of service"],
    [entry("apps.export", { apps: 2, secrets: false }), "exported 2 apps without secrets"],
    [entry("something.new"), "did something.new"],
  ])("%#", (given, sentence) => {
    expect(sentenceOf(given)).toBe(sentence);
  });

  test("none trips over details that are not there", () => {
    for (const action of ACTIONS) expect(sentenceOf(entry(action))).not.toContain("undefined");
  });

  test("names the app once", () => {
    expect(leadToApp(entry("app.create", { name: "Shop" }))).toBeUndefined();
    expect(leadToApp(entry("app.create"))).toBe("");
    expect(leadToApp(entry("grant.ban"))).toBe("in");
  });

  test("begins with who it was", () => {
    expect(actorOf(ADA)).toBe("ada@example.com");
    expect(actorOf({ ...ADA, kind: "token", name: "nightly" })).toBe("The token nightly");
    expect(actorOf({ ...ADA, kind: "system" })).toBe("Usher itself");
  });
});
