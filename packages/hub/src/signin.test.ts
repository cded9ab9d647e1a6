import { describe, expect, test } from "bun:test";
import { EXAMPLE_APP, hmacHex } from "@usher/protocol/testing";
import { TestHub } from "./testing/test-hub.ts";

const WATCHING = { watchlistEvents: true } as const;

function watchlist(name: string, online: readonly string[], offline: readonly string[]): string {
  return `${name} <- watchlistEvents ${JSON.stringify({ online, offline })}`;
}

describe("signing in", () => {
  test("joins the user's channel before it answers, with user_data exactly as it came", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(hub.signIn(ann, { id: "1", plan: "pro" })).toEqual([
      "join ann #server-to-user-1",
      'ann <- signinSuccess {"userData":"{\\"id\\":\\"1\\",\\"plan\\":\\"pro\\"}"}',
      "note signedIn ann 1 secret-1",
    ]);
  });

  test("may be repeated as the same user, which replaces user_info", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1", user_info: "old" });
    hub.signIn(ann, { id: "1", user_info: "new" });
    expect(hub.subscribe(ann, "presence-a")[1]).toContain('"userInfoJson":"\\"new\\""');
    expect(hub.state.users.connectionsOf("1").size).toBe(1);
  });

  test("is refused as another user; the first stays", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    expect(hub.signIn(ann, { id: "2" })).toEqual([
      'ann <- error {"code":null,"message":"The connection is signed in as another user already"}',
      "note refused ann signin signed_in_as_another_user",
    ]);
    expect(ann.user?.id).toBe("1");
    expect(hub.state.users.isOnline("2")).toBe(false);
  });

  test("is checked before user_data is read, and a refusal leaves the connection open", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const { key } = EXAMPLE_APP;
    const refusals = [
      ["", "signin_auth_malformed"],
      [`${key}`, "signin_auth_malformed"],
      ["other:x", "signin_key_mismatch"],
      [`${key}:wrong`, "signin_signature_mismatch"],
      [hub.authFor(ann, "private-a"), "signin_signature_mismatch"],
    ] as const;
    for (const [auth, code] of refusals) {
      const lines = hub.receive(ann, { kind: "signin", auth, userData: "not JSON" });
      expect(lines.at(-1)).toBe(`note refused ann signin ${code}`);
      expect(lines[0]).toStartWith('ann <- error {"code":null,');
    }
    const signature = hmacHex(EXAMPLE_APP.secret, `${ann.socketId}::user::not JSON`);
    const lines = hub.receive(ann, { kind: "signin", auth: `${key}:${signature}`, userData: "not JSON" });
    expect(lines.at(-1)).toBe("note refused ann signin user_data_invalid");
    expect(ann.user).toBeUndefined();
    expect(hub.state.users.size).toBe(0);
  });
});

describe("a watchlist", () => {
  test("is answered with who is online and who is not", () => {
    const hub = new TestHub(WATCHING);
    hub.signIn(hub.connect("bob"), { id: "2" });
    const lines = hub.signIn(hub.connect("ann"), { id: "1", watchlist: ["2", "3", "1"] });
    expect(lines.at(-1)).toBe(watchlist("ann", ["2", "1"], ["3"]));
  });

  test("tells of the first sign-in of a user and, after a grace, of the last disconnect", () => {
    const hub = new TestHub(WATCHING);
    const [ann, bob, tab] = [hub.connect("ann"), hub.connect("bob"), hub.connect("tab")];
    hub.signIn(ann, { id: "1", watchlist: ["2"] });
    expect(hub.signIn(bob, { id: "2" })).toEqual([
      "join bob #server-to-user-2",
      'bob <- signinSuccess {"userData":"{\\"id\\":\\"2\\"}"}',
      watchlist("ann", ["2"], []),
      "note signedIn bob 2 secret-1",
    ]);
    expect(hub.signIn(tab, { id: "2" })).not.toContain(watchlist("ann", ["2"], []));
    hub.disconnect(bob);
    hub.disconnect(tab);
    expect(hub.sweep(2_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual([watchlist("ann", [], ["2"])]);
    expect(hub.sweep(10_000)).toEqual([]);
  });

  test("does not flicker when a page is reloaded", () => {
    const hub = new TestHub(WATCHING);
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1", watchlist: ["2"] });
    hub.signIn(bob, { id: "2" });
    hub.disconnect(bob);
    hub.sweep(1_000);
    expect(hub.signIn(hub.connect("bob again"), { id: "2" })).toHaveLength(3);
    expect(hub.sweep(10_000)).toEqual([]);
  });

  test("keeps to its limit, says so, and succeeds", () => {
    const hub = new TestHub({ watchlistEvents: true, watchlistLimit: 2 });
    const lines = hub.signIn(hub.connect("ann"), { id: "1", watchlist: ["2", "3", "4"] });
    expect(lines.slice(-3)).toEqual([
      watchlist("ann", [], ["2", "3"]),
      'ann <- error {"code":4302,"message":"The watchlist has more than 2 users; the first 2 are watched"}',
      "note refused ann signin watchlist_too_long",
    ]);
    expect(hub.signIn(hub.connect("dan"), { id: "4" })).toHaveLength(3);
  });

  test("is replaced by the next sign-in, and ends with the connection", () => {
    const hub = new TestHub(WATCHING);
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1", watchlist: ["2"] });
    hub.signIn(ann, { id: "1", watchlist: ["3"] });
    expect(hub.signIn(hub.connect("bob"), { id: "2" })).toHaveLength(3);
    expect(hub.signIn(hub.connect("cid"), { id: "3" })).toContain(watchlist("ann", ["3"], []));
    hub.disconnect(ann);
    expect(hub.signIn(hub.connect("dan"), { id: "3" })).toHaveLength(3);
    expect(hub.state.users.watchersOf("3").size).toBe(0);
  });

  test("means nothing where the app has watchlist events off", () => {
    const hub = new TestHub();
    expect(hub.signIn(hub.connect("ann"), { id: "1", watchlist: ["2"] })).toHaveLength(3);
    expect(hub.signIn(hub.connect("bob"), { id: "2" })).toHaveLength(3);
  });

  test("that is empty is answered with nothing", () => {
    const hub = new TestHub(WATCHING);
    expect(hub.signIn(hub.connect("ann"), { id: "1", watchlist: [] })).toHaveLength(3);
  });
});

describe("terminating a user", () => {
  test("closes the connections that are signed in as the user, and no others, once", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    hub.signIn(tab, { id: "1" });
    hub.enter(bob, "presence-a", "1");
    const terminate = () => hub.lines(hub.hub.terminateUser(hub.app, "1"));
    expect(terminate()).toEqual(["close ann user_terminated", "close tab user_terminated"]);
    expect(terminate()).toEqual([]);
    expect(hub.lines(hub.hub.terminateUser(hub.app, "nobody"))).toEqual([]);
  });

  test("lets the user back in", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    hub.hub.terminateUser(hub.app, "1");
    hub.disconnect(ann);
    expect(hub.signIn(hub.connect("ann again"), { id: "1" })).toHaveLength(3);
  });
});
