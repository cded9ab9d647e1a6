import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

describe("an event from the app's server", () => {
  test("goes to each of its channels, in the order given, and to nobody where nobody is", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(ann, "a");
    hub.subscribe(bob, "a");
    hub.subscribe(bob, "private-b");
    expect(hub.trigger(["private-b", "empty", "a"], '{"n": 1}')).toEqual([
      'private-b <- event {"event":"e","channel":"private-b","data":"{\\"n\\": 1}"} to 1',
      'a <- event {"event":"e","channel":"a","data":"{\\"n\\": 1}"} to 2',
    ]);
  });

  test("leaves out the connection that the server names, on the channels that it is on", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(ann, "a");
    hub.subscribe(bob, "a");
    hub.subscribe(bob, "b");
    const lines = hub.trigger(["a", "b"], "{}", ann);
    expect(lines[0]).toEndWith(" to 1 but ann");
    expect(lines[1]).toEndWith(" to 1");
    expect(hub.trigger(["a"], "{}", "999.999" as never)[0]).toEndWith(" to 2");
  });

  test("does not know the connections of another app", () => {
    const hub = new TestHub();
    hub.subscribe(hub.connect("ann"), "a");
    hub.app = { ...hub.app, id: "4" };
    expect(hub.trigger(["a"])).toEqual([]);
  });
});

describe("an event for a user", () => {
  test("goes to every connection that is signed in as the user, subscribed or not", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.signIn(ann, { id: "1" });
    hub.signIn(tab, { id: "1" });
    hub.subscribe(tab, "#server-to-user-1");
    hub.enter(bob, "presence-a", "1");
    expect(hub.trigger(["#server-to-user-1"])).toEqual([
      '#server-to-user-1 <- event {"event":"e","channel":"#server-to-user-1","data":"{}"} to 2',
    ]);
    expect(hub.trigger(["#server-to-user-2"])).toEqual([]);
  });

  test("leaves out the connection that the server names", () => {
    const hub = new TestHub();
    const [ann, tab] = [hub.connect("ann"), hub.connect("tab")];
    hub.signIn(ann, { id: "1" });
    hub.signIn(tab, { id: "1" });
    expect(hub.trigger(["#server-to-user-1"], "{}", ann)[0]).toEndWith(" to 1 but ann");
  });
});

describe("the cache of a channel", () => {
  test("is filled even when nobody is there, on cache channels alone", () => {
    const hub = new TestHub();
    hub.trigger([
      "cache-a",
      "private-cache-b",
      "presence-cache-c",
      "private-encrypted-cache-d",
      "e",
      "x-cache-f",
    ]);
    expect(hub.state.cache.size).toBe(4);
  });

  test("is filled by an event with an excluded connection, which gets it too when it comes back", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "cache-a");
    expect(hub.trigger(["cache-a"], "1", ann)[0]).toEndWith(" to 0 but ann");
    hub.unsubscribe(ann, "cache-a");
    expect(hub.subscribe(ann, "cache-a")[2]).toBe(
      'ann <- event {"event":"e","channel":"cache-a","data":"1"}',
    );
  });

  test("is emptied by time alone, without anyone asking", () => {
    const hub = new TestHub({ cacheLifetimeSeconds: 10 });
    hub.trigger(["cache-a"]);
    hub.sweep(9_999);
    expect(hub.state.cache.size).toBe(1);
    hub.sweep(1);
    expect(hub.state.cache.size).toBe(0);
  });
});
