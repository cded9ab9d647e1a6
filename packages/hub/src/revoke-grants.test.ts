import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

function taken(name: string, channel: string, because = ""): string {
  const message = {
    channel,
    code: "grant_revoked",
    type: "AuthError",
    message: `The authorization for ${channel} was taken back${because}`,
    status: 403,
  };
  return `${name} <- subscriptionError ${JSON.stringify(message)}`;
}

/** What is sent to somebody or done to their connection. */
function seen(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith("note"));
}

describe("taking a channel back", () => {
  test("ends everybody's subscription with a frame, and leaves the connections open", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    for (const client of [ann, bob]) hub.subscribe(client, "private-a");
    hub.subscribe(ann, "private-b");
    expect(hub.revoke({ channel: "private-a" }, "the room is closed")).toEqual([
      "leave ann private-a",
      "leave bob private-a",
      "note unsubscribed ann private-a",
      "note unsubscribed bob private-a",
      "note vacated private-a",
      "note grantsEnded ann revoked private-a",
      taken("ann", "private-a", ": the room is closed"),
      "note grantsEnded bob revoked private-a",
      taken("bob", "private-a", ": the room is closed"),
    ]);
    expect(hub.trigger(["private-a"])).toEqual([]);
    expect(hub.trigger(["private-b"])).toHaveLength(1);
  });

  test("from a user, concerns the connections that are signed in and the member of that id", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    hub.enter(ann, "presence-a", "1");
    hub.enter(tab, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    expect(seen(hub.revoke({ channel: "presence-a", userId: "1" }))).toEqual([
      "leave ann presence-a",
      "leave tab presence-a",
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"1"} to 1',
      taken("ann", "presence-a"),
      taken("tab", "presence-a"),
    ]);
    // A sign-in is more than a channel.
    expect(ann.user?.id).toBe("1");
  });

  test("from a user, concerns a private channel where the connection is signed in, and not where it is not", () => {
    const hub = new TestHub();
    const [ann, tab] = [hub.connect("ann"), hub.connect("tab")];
    hub.signIn(ann, { id: "1" });
    hub.enter(tab, "presence-b", "1");
    for (const client of [ann, tab]) hub.subscribe(client, "private-a");
    expect(seen(hub.revoke({ channel: "private-a", userId: "1" }))).toEqual([
      "leave ann private-a",
      taken("ann", "private-a"),
    ]);
  });

  test("from a connection, concerns that one alone", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    for (const client of [ann, bob]) hub.subscribe(client, "private-a");
    expect(seen(hub.revoke({ channel: "private-a", socketId: ann.socketId }))).toEqual([
      "leave ann private-a",
      taken("ann", "private-a"),
    ]);
    expect(hub.revoke({ channel: "private-a", socketId: "1.1" })).toEqual([]);
    expect(hub.revoke({ channel: "private-a", userId: "nobody" })).toEqual([]);
  });

  test("has the same signature refused, and the connection sent for another one", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.revoke({ channel: "private-a" });
    // Nothing for the channel's handlers: pusher-js comes back and asks for it by itself.
    expect(hub.subscribe(ann, "private-a")).toEqual([
      "note refused ann subscribe private-a reauthorization_required",
      "close ann reauthorization_required",
    ]);
    const again = hub.connect("ann again");
    expect(hub.subscribe(again, "private-a")).toContain("join ann again private-a");
  });

  test("is no reason to complain when the client unsubscribes from it", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.revoke({ channel: "private-a" });
    expect(hub.unsubscribe(ann, "private-a")).toEqual([]);
    expect(hub.unsubscribe(ann, "private-b")).toHaveLength(2);
  });

  test("overtakes an authorization that is under way to the connection it names", () => {
    const hub = new TestHub();
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    hub.signIn(bob, { id: "2" });
    hub.revoke({ channel: "private-a", socketId: ann.socketId });
    hub.revoke({ channel: "private-a", userId: "2" });
    for (const client of [ann, bob]) {
      expect(hub.subscribe(client, "private-a").at(-1)).toEndWith("reauthorization_required");
    }
    expect(hub.subscribe(cid, "private-a")).toContain("join cid private-a");
  });
});

describe("taking everything back", () => {
  test("from a user, ends the sign-in too, and the connection, which has no other way to learn of it", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    for (const name of ["private-a", "public"]) hub.subscribe(ann, name);
    hub.signIn(bob, { id: "2" });
    expect(seen(hub.revoke({ userId: "1" }))).toEqual([
      "leave ann #server-to-user-1",
      "leave ann private-a",
      taken("ann", "private-a"),
      "closeSoon ann reauthorization_required",
    ]);
    expect(hub.state.users.connectionsOf("1").size).toBe(0);
    expect(bob.user?.id).toBe("2");
  });

  test("from a connection, concerns whoever it is", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    for (const client of [ann, bob]) {
      hub.enter(client, "presence-a", "1");
      hub.subscribe(client, "public");
    }
    expect(seen(hub.revoke({ socketId: ann.socketId }))).toEqual([
      "leave ann presence-a",
      taken("ann", "presence-a"),
      "closeSoon ann reauthorization_required",
    ]);
    expect(hub.revoke({ socketId: ann.socketId })).toEqual([]);
  });
});
