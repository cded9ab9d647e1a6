import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

const BAN = { kind: "ban", id: "ban", userId: "1", untilMs: null, reason: null } as const;

describe("a ban", () => {
  test("ends the connections that are the user's, by sign-in or as a member, and no others", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    hub.enter(tab, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    const lines = hub.restrict({ ...BAN, reason: "spam" });
    expect(lines.filter((line) => !line.startsWith("note"))).toEqual([
      "leave ann #server-to-user-1",
      "leave tab presence-a",
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"1"} to 1',
      "close ann user_banned",
      "close tab user_banned",
    ]);
    expect(lines).toContain("note grantsEnded tab banned presence-a");
  });

  test("has the user's sign-ins and memberships refused and their connections closed, until it is over", () => {
    const hub = new TestHub();
    hub.restrict({ ...BAN, untilMs: hub.nowMs + 90_000, reason: "spam" });
    const ann = hub.connect("ann");
    expect(hub.signIn(ann, { id: "1" })).toEqual([
      "note refused ann signin user_banned",
      "close ann user_banned",
    ]);
    const tab = hub.connect("tab");
    const message = "This user is banned for 90 more seconds: spam";
    const refused = { channel: "presence-a", code: "user_banned", type: "AuthError", message, status: 403 };
    expect(hub.enter(tab, "presence-a", "1")).toEqual([
      `tab <- subscriptionError ${JSON.stringify(refused)}`,
      "note refused tab subscribe presence-a user_banned",
      "close tab user_banned",
    ]);
    expect(hub.enter(hub.connect("bob"), "presence-a", "2")).toContain("join bob presence-a");
    hub.nowMs += 90_000;
    const again = hub.connect("ann again");
    expect(hub.signIn(again, { id: "1" })).toContain("join ann again #server-to-user-1");
    expect(hub.enter(again, "presence-a", "1")).toContain("join ann again presence-a");
  });

  test("is over when it is lifted", () => {
    const hub = new TestHub();
    hub.restrict(BAN);
    hub.change({}, { restrictions: [] });
    expect(hub.signIn(hub.connect("ann"), { id: "1" })).toHaveLength(3);
  });

  test("that is over already ends nothing", () => {
    const hub = new TestHub();
    hub.signIn(hub.connect("ann"), { id: "1" });
    expect(hub.restrict({ ...BAN, untilMs: hub.nowMs })).toEqual([]);
  });

  test("counts where another one of the same user is over sooner", () => {
    const hub = new TestHub();
    const later = { ...BAN, id: "later", untilMs: hub.nowMs + 10 };
    const sooner = { ...BAN, id: "sooner", untilMs: hub.nowMs + 5 };
    hub.change({}, { restrictions: [later, sooner] });
    hub.nowMs += 5;
    expect(hub.signIn(hub.connect("ann"), { id: "1" }).at(-1)).toBe("close ann user_banned");
  });

  test("says nothing to whoever has no good signature", () => {
    const hub = new TestHub();
    hub.restrict(BAN);
    const ann = hub.connect("ann");
    hub.signingSecret = "wrong";
    expect(hub.signIn(ann, { id: "1" }).at(-1)).toBe("note refused ann signin signin_signature_mismatch");
    expect(hub.enter(ann, "presence-a", "1").at(-1)).toEndWith("signature_mismatch");
  });
});

describe("a watermark", () => {
  const watermark = (hub: TestHub, channel: string | null, userId: string | null) =>
    ({ kind: "notBefore", id: "before", channel, userId, atMs: hub.nowMs }) as const;

  test("for the app, ends all that connections were granted up to then, and spares what needs no grant", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    for (const name of ["private-a", "public"]) hub.subscribe(ann, name);
    hub.subscribe(bob, "public");
    const lines = hub.restrict(watermark(hub, null, null));
    expect(lines.filter((line) => !line.startsWith("note"))).toEqual([
      "leave ann #server-to-user-1",
      "leave ann private-a",
      "closeSoon ann reauthorization_required",
    ]);
    expect([...ann.subscriptions.keys()]).toEqual(["public"] as never[]);
  });

  test("has older connections sent for a new signature when they show one, and lets newer ones pass", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.restrict(watermark(hub, null, null));
    hub.nowMs += 1;
    expect(hub.subscribe(ann, "private-a").at(-1)).toBe("close ann reauthorization_required");
    expect(hub.signIn(bob, { id: "1" }).at(-1)).toBe("close bob reauthorization_required");
    const newer = hub.connect("newer");
    expect(hub.signIn(newer, { id: "1" })).toHaveLength(3);
    expect(hub.subscribe(newer, "private-a")).toContain("join newer private-a");
  });

  test("for a channel, concerns that channel", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    for (const name of ["private-a", "private-b"]) hub.subscribe(ann, name);
    const lines = hub.restrict(watermark(hub, "private-a", null));
    expect(lines).toContain("note grantsEnded ann not_before private-a");
    expect(hub.subscribe(bob, "private-b")).toContain("join bob private-b");
    expect(hub.signIn(bob, { id: "2" })).toHaveLength(3);
    expect(hub.subscribe(bob, "private-a").at(-1)).toBe("close bob reauthorization_required");
  });

  test("for a user, concerns their connections", () => {
    const hub = new TestHub();
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    hub.signIn(ann, { id: "1" });
    hub.subscribe(ann, "private-a");
    const lines = hub.restrict(watermark(hub, null, "1"));
    expect(lines).toContain("note grantsEnded ann not_before private-a 1");
    expect(hub.subscribe(bob, "private-a")).toContain("join bob private-a");
    expect(hub.enter(bob, "presence-a", "1").at(-1)).toBe("close bob reauthorization_required");
    expect(hub.signIn(cid, { id: "1" }).at(-1)).toBe("close cid reauthorization_required");
  });

  test("for a user on a channel, concerns both together", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.enter(ann, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    hub.enter(ann, "presence-b", "1");
    expect(hub.restrict(watermark(hub, "presence-a", "1"))).toContain(
      "note grantsEnded ann not_before presence-a",
    );
    const tab = hub.connect("tab");
    expect(hub.enter(tab, "presence-b", "1")).toContain("join tab presence-b");
    expect(hub.enter(tab, "presence-a", "2")).toContain("join tab presence-a");
    expect(hub.enter(hub.connect("late"), "presence-a", "1").at(-1)).toEndWith("reauthorization_required");
  });

  test("for a user on a channel, concerns who is there already and signs in as the user", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.restrict(watermark(hub, "private-a", "1"));
    expect(hub.signIn(ann, { id: "1" }).at(-1)).toBe("close ann reauthorization_required");
  });

  test("of another server's clock, which is ahead, does not send those who come back away again", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    const lines = hub.restrict({ ...watermark(hub, null, null), atMs: hub.nowMs + 10_000 });
    expect(lines).toContain("closeSoon ann reauthorization_required");
    hub.nowMs += 2_000;
    expect(hub.subscribe(ann, "private-a").at(-1)).toBe("close ann reauthorization_required");
    expect(hub.subscribe(hub.connect("ann again"), "private-a")).toContain("join ann again private-a");
  });

  test("is passed by the connection that came back", () => {
    const hub = new TestHub();
    hub.subscribe(hub.connect("ann"), "private-a");
    hub.restrict(watermark(hub, "private-a", null));
    hub.nowMs += 1;
    expect(hub.subscribe(hub.connect("ann again"), "private-a")).toContain("join ann again private-a");
    expect(hub.restrict({ ...watermark(hub, "private-b", null), id: "other" })).toEqual([]);
  });
});
