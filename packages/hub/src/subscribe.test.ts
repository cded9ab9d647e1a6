import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

/** The two frames and the note of a refused subscription, by its error. */
function refused(lines: readonly string[]): string | undefined {
  const [first, second, third, ...more] = lines;
  expect(first).toMatch(/ <- subscriptionError /);
  expect(second).toMatch(/ <- error \{"code":null,/);
  expect(more).toEqual([]);
  return /^note refused \w+ subscribe \S* (\w+)$/.exec(third ?? "")?.[1];
}

describe("a public channel", () => {
  test("takes everybody: join, success, occupied for the first, and a note", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const bob = hub.connect("bob");
    expect(hub.subscribe(ann, "my-channel")).toEqual([
      "join ann my-channel",
      'ann <- subscriptionSucceeded {"channel":"my-channel"}',
      "note occupied my-channel",
      "note subscribed ann my-channel",
    ]);
    expect(hub.subscribe(bob, "my-channel")).toEqual([
      "join bob my-channel",
      'bob <- subscriptionSucceeded {"channel":"my-channel"}',
      "note subscribed bob my-channel",
    ]);
  });

  test("needs no signature, and computes none when there is one", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "my-channel", { auth: "x:y", channelData: "not JSON" });
    expect(ann.subscriptions.has("my-channel" as never)).toBe(true);
    expect(hub.signatures).toBe(0);
  });
});

describe("a private channel", () => {
  test("takes whoever has the signature of the app's server, and names the secret", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(hub.subscribe(ann, "private-a")).toEqual([
      "join ann private-a",
      'ann <- subscriptionSucceeded {"channel":"private-a"}',
      "note occupied private-a",
      "note subscribed ann private-a secret-1",
    ]);
  });

  test("refuses others with both frames, naming the text that should have been signed", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const lines = hub.subscribe(ann, "private-a", { auth: "278d425bdf160c739803:wrong" });
    expect(lines).toEqual([
      `ann <- subscriptionError {"channel":"private-a","code":"signature_mismatch","type":"AuthError","message":"Invalid signature: Expected HMAC SHA256 hex digest of ${ann.socketId}:private-a, but got wrong","status":401}`,
      `ann <- error {"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of ${ann.socketId}:private-a, but got wrong"}`,
      "note refused ann subscribe private-a signature_mismatch",
    ]);
    expect(hub.state.channels.size).toBe(0);
    expect(ann.subscriptions.size).toBe(0);
  });

  test("stays open to a client whose signature was made for the connection before", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const before = hub.connect("ann before");
    const stale = hub.authFor(before, "private-a");
    expect(refused(hub.subscribe(ann, "private-a", { auth: stale }))).toBe("signature_mismatch");
    expect(hub.subscribe(ann, "private-a")).toContain("join ann private-a");
  });
});

describe("a presence channel", () => {
  test("shows the newcomer who is there, and tells the others of a new member after that", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const bob = hub.connect("bob");
    hub.enter(ann, "presence-a", "1", { name: "Ann" });
    expect(hub.enter(bob, "presence-a", "2")).toEqual([
      "join bob presence-a",
      'bob <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"1","userInfoJson":"{\\"name\\":\\"Ann\\"}"},{"userId":"2"}]}',
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"2"}} to 1 but bob',
      "note memberAdded presence-a 2",
      "note subscribed bob presence-a secret-1",
    ]);
  });

  test("sends member_added once when one user opens two tabs", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.enter(bob, "presence-a", "2");
    expect(hub.enter(ann, "presence-a", "1").filter((line) => line.includes("memberAdded"))).toHaveLength(2);
    expect(hub.enter(tab, "presence-a", "1").filter((line) => line.includes("memberAdded"))).toEqual([]);
    expect(hub.state.channels.get("presence-a" as never)?.roster?.size).toBe(2);
  });

  test("takes the signed-in user where there is no channel_data, and channel_data where there is", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1", user_info: { name: "Ann" } });
    expect(hub.subscribe(ann, "presence-a")[1]).toBe(
      'ann <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"1","userInfoJson":"{\\"name\\":\\"Ann\\"}"}]}',
    );
    expect(hub.enter(ann, "presence-b", "7")[1]).toBe(
      'ann <- subscriptionSucceeded {"channel":"presence-b","members":[{"userId":"7"}]}',
    );
  });

  test("needs channel_data, or a sign-in", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(refused(hub.subscribe(ann, "presence-a"))).toBe("presence_data_missing");
  });

  test("lets a further tab of a member in when it is full, and nobody new", () => {
    const hub = new TestHub({ presenceLimits: { members: 2, memberBytes: 1_024, userIdLength: 128 } });
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    hub.enter(ann, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    expect(refused(hub.enter(cid, "presence-a", "3"))).toBe("presence_channel_full");
    expect(hub.enter(cid, "presence-a", "2")).toContain("join cid presence-a");
    hub.disconnect(ann);
    expect(hub.enter(hub.connect("dan"), "presence-a", "3")).toContain("join dan presence-a");
  });

  test("refuses a member who is too large or makes no sense", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(refused(hub.enter(ann, "presence-a", "1", "x".repeat(1_024)))).toBe("member_too_large");
    expect(refused(hub.enter(ann, "presence-a", ""))).toBe("presence_data_invalid");
    expect(refused(hub.enter(ann, "presence-a", "x".repeat(129)))).toBe("presence_data_invalid");
    expect(hub.state.channels.size).toBe(0);
  });
});

describe("a cache channel", () => {
  test("answers with the last event right after success, or with cache_miss and a note", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(hub.subscribe(ann, "cache-a")).toEqual([
      "join ann cache-a",
      'ann <- subscriptionSucceeded {"channel":"cache-a"}',
      'ann <- cacheMiss {"channel":"cache-a"}',
      "note cacheMiss cache-a",
      "note occupied cache-a",
      "note subscribed ann cache-a",
    ]);
    hub.trigger(["cache-a"], "1");
    hub.trigger(["cache-a"], "2");
    const bob = hub.connect("bob");
    expect(hub.subscribe(bob, "cache-a")[2]).toBe(
      'bob <- event {"event":"e","channel":"cache-a","data":"2"}',
    );
  });

  test("forgets the event when its lifetime is over", () => {
    const hub = new TestHub({ cacheLifetimeSeconds: 60 });
    hub.trigger(["private-cache-a"], "1");
    hub.nowMs += 59_999;
    expect(hub.subscribe(hub.connect("ann"), "private-cache-a")[2]).toContain("<- event ");
    hub.nowMs += 1;
    expect(hub.subscribe(hub.connect("bob"), "private-cache-a")[2]).toContain("<- cacheMiss ");
  });
});

describe("the channel of a user", () => {
  test("is for whoever is signed in as that user, and leaves no trace among the channels", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    expect(refused(hub.subscribe(ann, "#server-to-user-1"))).toBe("server_channel_forbidden");
    hub.signIn(ann, { id: "1" });
    expect(hub.subscribe(ann, "#server-to-user-1")).toEqual([
      "join ann #server-to-user-1",
      'ann <- subscriptionSucceeded {"channel":"#server-to-user-1"}',
    ]);
    expect(refused(hub.subscribe(ann, "#server-to-user-2"))).toBe("server_channel_forbidden");
    expect(refused(hub.subscribe(ann, "#other"))).toBe("channel_name_invalid");
    expect(hub.state.channels.size).toBe(0);
  });
});

describe("subscribing twice", () => {
  test("is answered as a success again, without a second join, member or count", () => {
    const hub = new TestHub({ subscriptionCounting: true });
    const ann = hub.connect("ann");
    hub.enter(ann, "presence-a", "1");
    hub.subscribe(ann, "my-channel");
    expect(hub.enter(ann, "presence-a", "1")).toEqual([
      'ann <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"1"}]}',
    ]);
    expect(hub.subscribe(ann, "my-channel")).toEqual([
      'ann <- subscriptionSucceeded {"channel":"my-channel"}',
    ]);
    expect(hub.enter(ann, "presence-a", "2")).toEqual([
      'ann <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"1"}]}',
    ]);
    hub.disconnect(ann);
    expect(hub.state.channels.size).toBe(0);
  });

  test("is an error in strict apps, and the first subscription stays", () => {
    const hub = new TestHub({ strict: true });
    const ann = hub.connect("ann");
    hub.subscribe(ann, "my-channel");
    expect(hub.subscribe(ann, "my-channel")).toEqual([
      'ann <- error {"code":null,"message":"Existing subscription to channel my-channel"}',
      "note refused ann subscribe my-channel already_subscribed",
    ]);
    expect(ann.subscriptions.size).toBe(1);
  });
});

describe("limits", () => {
  test("on channels for each connection hold for new ones alone", () => {
    const hub = new TestHub({ channelsPerConnection: 1 });
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    expect(refused(hub.subscribe(ann, "b"))).toBe("too_many_channels");
    expect(hub.subscribe(ann, "a")).toEqual(['ann <- subscriptionSucceeded {"channel":"a"}']);
    hub.unsubscribe(ann, "a");
    expect(hub.subscribe(ann, "b")).toContain("join ann b");
  });

  test("on names are the app's, and the published 164 characters in strict apps", () => {
    const name = (length: number) => "a".repeat(length);
    const lenient = new TestHub();
    expect(refused(lenient.subscribe(lenient.connect("ann"), name(201)))).toBe("channel_name_too_long");
    expect(lenient.subscribe(lenient.connect("bob"), name(200))).toContain(`join bob ${name(200)}`);
    const strict = new TestHub({ strict: true });
    expect(refused(strict.subscribe(strict.connect("ann"), name(165)))).toBe("channel_name_too_long");
    expect(strict.subscribe(strict.connect("bob"), name(164))).toContain(`join bob ${name(164)}`);
  });
});

describe("the note of an empty cache", () => {
  test("is made once, however many find it empty, and again after half a minute", () => {
    const hub = new TestHub();
    const misses = (name: string) =>
      hub.subscribe(hub.connect(name), "cache-a").filter((line) => line === "note cacheMiss cache-a").length;
    expect(misses("ann")).toBe(1);
    expect(misses("bob")).toBe(0);
    hub.nowMs += 30_000;
    expect(misses("eve")).toBe(1);
  });

  test("is made anew once an event was cached and has expired", () => {
    const hub = new TestHub({ cacheLifetimeSeconds: 10 });
    hub.subscribe(hub.connect("ann"), "cache-a");
    hub.trigger(["cache-a"], "1");
    hub.nowMs += 10_000;
    expect(hub.subscribe(hub.connect("bob"), "cache-a")).toContain("note cacheMiss cache-a");
  });

  test("is made anew once the channel was vacated", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "cache-a");
    hub.unsubscribe(ann, "cache-a");
    expect(hub.subscribe(ann, "cache-a")).toContain("note cacheMiss cache-a");
  });
});
