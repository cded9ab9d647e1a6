import { describe, expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import { clientEventProblem } from "./client-event.ts";
import { TestHub } from "./testing/test-hub.ts";

const ON = { clientEvents: true } as const;

/** Why an event was refused, after a check that nothing was delivered. */
function refused(lines: readonly string[]): string | undefined {
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/ <- error /);
  return /^note refused \w+ clientEvent \S* (\w+)$/.exec(lines[1] ?? "")?.[1];
}

describe("a client event", () => {
  test("goes to the other subscribers of a private channel, character for character, without a user", () => {
    const hub = new TestHub(ON);
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    hub.subscribe(ann, "private-a");
    hub.subscribe(bob, "private-a");
    expect(hub.clientEvent(ann, "private-a", '{"n": 9007199254740993}')).toEqual([
      'private-a <- event {"event":"client-x","channel":"private-a","data":"{\\"n\\": 9007199254740993}"} to 1 but ann',
      "note clientEvent ann private-a client-x",
    ]);
  });

  test("names the member who sent it on a presence channel", () => {
    const hub = new TestHub(ON);
    const [ann, tab] = [hub.connect("ann"), hub.connect("tab")];
    hub.signIn(ann, { id: "signed in" });
    hub.enter(ann, "presence-a", "10");
    hub.enter(tab, "presence-a", "10");
    expect(hub.clientEvent(ann, "presence-a")[0]).toBe(
      'presence-a <- event {"event":"client-x","channel":"presence-a","data":"{}","userId":"10"} to 1 but ann',
    );
  });

  test("is not cached", () => {
    const hub = new TestHub(ON);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-cache-a");
    hub.clientEvent(ann, "private-cache-a");
    expect(hub.subscribe(hub.connect("bob"), "private-cache-a")[2]).toContain("<- cacheMiss ");
  });
});

describe("a client event is refused", () => {
  test("where the app has them off", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    expect(refused(hub.clientEvent(ann, "private-a"))).toBe("client_events_disabled");
  });

  test("on channels that are neither private nor presence channels", () => {
    const hub = new TestHub(ON);
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    for (const name of ["my-channel", "cache-a"]) hub.subscribe(ann, name);
    for (const name of ["my-channel", "cache-a", "#server-to-user-1", "x-private-a", ""]) {
      expect(refused(hub.clientEvent(ann, name))).toBe("client_event_channel_not_allowed");
    }
  });

  test("from a connection that is not on the channel, or not any more (known failure 11)", () => {
    const hub = new TestHub(ON);
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(bob, "private-a");
    expect(refused(hub.clientEvent(ann, "private-a"))).toBe("client_event_not_subscribed");
    hub.subscribe(ann, "private-a");
    hub.unsubscribe(ann, "private-a");
    expect(refused(hub.clientEvent(ann, "private-a"))).toBe("client_event_not_subscribed");
    expect(refused(hub.clientEvent(ann, "private-nobody"))).toBe("client_event_not_subscribed");
  });

  test("on an encrypted channel, unless its data looks encrypted already", () => {
    const hub = new TestHub(ON);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-encrypted-a");
    for (const data of ['{"on":true}', "null", "", '{"nonce":"x"}', '{"nonce":1,"ciphertext":"y"}']) {
      expect(refused(hub.clientEvent(ann, "private-encrypted-a", data))).toBe(
        "client_event_channel_not_allowed",
      );
    }
    const encrypted = hub.clientEvent(ann, "private-encrypted-a", '{"nonce":"x","ciphertext":"y"}');
    expect(encrypted.at(-1)).toBe("note clientEvent ann private-encrypted-a client-x");
  });

  test("with a name or data over the limit, in characters and in bytes of UTF-8", () => {
    const hub = new TestHub({ ...ON, eventNameLength: 10, dataLimitBytes: 10 });
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    expect(refused(hub.clientEvent(ann, "private-a", "{}", "client-1234"))).toBe(
      "client_event_name_too_long",
    );
    expect(refused(hub.clientEvent(ann, "private-a", "€€€€"))).toBe("client_event_too_large");
    expect(hub.clientEvent(ann, "private-a", "€€€1", "client-123")).toHaveLength(2);
    expect(hub.clientEvent(ann, "private-a", "€€€1", "client-123")[0]).toContain("<- event ");
  });
});

describe("the rate of client events", () => {
  test("is ten a second on one connection; the eleventh is dropped with 4301 and the connection stays", () => {
    const hub = new TestHub(ON);
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(ann, "private-a");
    hub.subscribe(bob, "private-a");
    for (let sent = 0; sent < 10; sent++) expect(hub.clientEvent(ann, "private-a")[0]).toContain("<- event ");
    expect(hub.clientEvent(ann, "private-a")).toEqual([
      'ann <- error {"code":4301,"message":"Client event rate limit reached: at most 10 a second on one connection"}',
      "note refused ann clientEvent private-a client_event_rate_exceeded",
    ]);
    expect(hub.clientEvent(bob, "private-a")[0]).toContain("<- event ");
    hub.nowMs += 100;
    expect(hub.clientEvent(ann, "private-a")[0]).toContain("<- event ");
  });

  test("is not spent by events that are refused for another reason", () => {
    const hub = new TestHub(ON);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    for (let sent = 0; sent < 20; sent++) hub.clientEvent(ann, "private-b");
    expect(hub.clientEvent(ann, "private-a")[0]).toContain("<- event ");
  });

  test("follows the app's settings at once", () => {
    const hub = new TestHub({ ...ON, clientEventRate: 1 });
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.clientEvent(ann, "private-a");
    expect(refused(hub.clientEvent(ann, "private-a"))).toBe("client_event_rate_exceeded");
    hub.change({ clientEventRate: 100 });
    hub.nowMs += 100;
    const sent = Array.from({ length: 11 }, () =>
      hub.clientEvent(ann, "private-a")[0]?.includes("<- event "),
    );
    expect(sent.filter(Boolean)).toHaveLength(10);
  });
});

describe("a client event that stands in for a connection's", () => {
  const stand = (hub: TestHub, channel: string, userId?: string) =>
    hub.lines(
      hub.hub.standInClientEvent(
        hub.app,
        { channel: channel as ChannelName, event: "client-x", data: "{}", userId },
        hub.nowMs,
      ),
    );

  test("goes to everybody on the channel, and names its member on a presence channel alone", () => {
    const hub = new TestHub(ON);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.enter(ann, "presence-a", "10");
    expect([...stand(hub, "private-a", "7"), ...stand(hub, "presence-a", "7")]).toEqual([
      'private-a <- event {"event":"client-x","channel":"private-a","data":"{}"} to 1',
      'presence-a <- event {"event":"client-x","channel":"presence-a","data":"{}","userId":"7"} to 1',
    ]);
  });

  test.each([
    [{}, "private-a", "{}", "client_events_disabled"],
    [ON, "my-channel", "{}", "client_event_channel_not_allowed"],
    [ON, "private-encrypted-a", "{}", "client_event_channel_not_allowed"],
    [{ ...ON, dataLimitBytes: 1 }, "private-a", "{}", "client_event_too_large"],
    [{ ...ON, eventNameLength: 5 }, "private-a", "{}", "client_event_name_too_long"],
    [ON, "private-a", "{}", undefined],
  ])("is held to the app's settings %p on %s: %s is %s", (settings, channel, data, expected) => {
    const hub = new TestHub(settings);
    const event = { channel: channel as ChannelName, event: "client-x", data, userId: undefined };
    expect(clientEventProblem(hub.app.settings, event)?.code).toBe(expected as never);
  });
});
