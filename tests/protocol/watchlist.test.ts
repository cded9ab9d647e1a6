import { expect, test } from "bun:test";
import { dataOf, errorOf, type Frame, type TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

const EVENT = "pusher_internal:watchlist_events";

/** A new connection that is signed in with a watchlist; what follows the sign-in is left to the test. */
async function watch(target: Target, watchlist: unknown, id = fresh("w")): Promise<TestSocket> {
  const socket = await target.connect();
  await socket.signIn({ id, watchlist });
  return socket;
}

async function signedIn(target: Target, id: string): Promise<TestSocket> {
  const socket = await target.connect();
  await socket.signIn({ id });
  return socket;
}

function changes(frame: Frame): unknown {
  expect(frame).not.toHaveProperty("channel");
  return dataOf(frame).events;
}

// The grace before a user counts as gone is three seconds; the server looks once a second.
const GRACE_MS = 10_000;

describeServer("watchlists", { settings: { watchlist_events: true } }, (target) => {
  test("after the sign-in comes one message with everyone's state", async () => {
    const [here, away, alsoAway] = [fresh("u"), fresh("u"), fresh("u")];
    await signedIn(target, here);
    const watcher = await watch(target, [away, here, alsoAway]);
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([
      { name: "online", user_ids: [here] },
      { name: "offline", user_ids: [away, alsoAway] },
    ]);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("the state leaves out a list that would be empty", async () => {
    const [here, away] = [fresh("u"), fresh("u")];
    await signedIn(target, here);
    const one = await watch(target, [here]);
    expect(changes(await one.nextEvent(EVENT))).toEqual([{ name: "online", user_ids: [here] }]);
    const two = await watch(target, [away]);
    expect(changes(await two.nextEvent(EVENT))).toEqual([{ name: "offline", user_ids: [away] }]);
  });

  test.each([
    ["an empty list", []],
    ["no list but text", "u"],
    ["null", null],
    ["a list of numbers", [1, 2]],
  ])("a watchlist that is %s watches nobody, and the sign-in succeeds", async (_what, watchlist) => {
    const watcher = await watch(target, watchlist);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("repeated ids count once, entries that are no strings not at all", async () => {
    const id = fresh("u");
    const watcher = await watch(target, [id, 7, id, null, { id }]);
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "offline", user_ids: [id] }]);
  });

  test("a user may watch themselves", async () => {
    const id = fresh("u");
    const watcher = await watch(target, [id], id);
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "online", user_ids: [id] }]);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("a watched user's first connection is announced, further ones are not", async () => {
    const id = fresh("u");
    const watcher = await watch(target, [id]);
    await watcher.nextEvent(EVENT);
    await signedIn(target, id);
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "online", user_ids: [id] }]);
    await signedIn(target, id);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("being present on a channel is not being signed in", async () => {
    const id = fresh("u");
    const watcher = await watch(target, [id]);
    await watcher.nextEvent(EVENT);
    const member = await target.connect();
    await member.join(fresh("presence-"), { user_id: id });
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test.concurrent("a user whose last connection is gone is announced as offline after a grace", async () => {
    const id = fresh("u");
    const [one, two] = await Promise.all([signedIn(target, id), signedIn(target, id)]);
    const watcher = await watch(target, [id]);
    await watcher.nextEvent(EVENT);
    await one.close();
    expect(await watcher.framesBeforePong()).toEqual([]);
    await two.close();
    expect(await watcher.framesBeforePong()).toEqual([]);
    const frame = await watcher.nextEvent(EVENT, GRACE_MS);
    expect(changes(frame)).toEqual([{ name: "offline", user_ids: [id] }]);
  });

  test.concurrent("a page reload is announced to nobody", async () => {
    const [reloading, leaving] = [fresh("u"), fresh("u")];
    const [page, other] = await Promise.all([signedIn(target, reloading), signedIn(target, leaving)]);
    const watcher = await watch(target, [reloading, leaving]);
    await watcher.nextEvent(EVENT);
    await page.close();
    await signedIn(target, reloading);
    await other.close();
    // The one who left later is announced, and with them the other would have been.
    const frame = await watcher.nextEvent(EVENT, GRACE_MS);
    expect(changes(frame)).toEqual([{ name: "offline", user_ids: [leaving] }]);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("every connection that gave a watchlist is told, and no other", async () => {
    const [id, watcherId] = [fresh("u"), fresh("w")];
    const [one, two] = await Promise.all([watch(target, [id], watcherId), watch(target, [id], watcherId)]);
    const without = await signedIn(target, watcherId);
    await one.nextEvent(EVENT);
    await two.nextEvent(EVENT);
    await signedIn(target, id);
    await one.nextEvent(EVENT);
    await two.nextEvent(EVENT);
    expect(await without.framesBeforePong()).toEqual([]);
  });

  test("a second sign-in replaces the watchlist", async () => {
    const [id, before, after] = [fresh("w"), fresh("u"), fresh("u")];
    const watcher = await watch(target, [before], id);
    await watcher.nextEvent(EVENT);
    await watcher.signIn({ id, watchlist: [after] });
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "offline", user_ids: [after] }]);
    await signedIn(target, before);
    expect(await watcher.framesBeforePong()).toEqual([]);
    await signedIn(target, after);
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "online", user_ids: [after] }]);
  });

  test("scenario 18: of 101 ids the first 100 are watched; the sign-in succeeds and an error 4302 says so", async () => {
    const ids = Array.from({ length: 101 }, () => fresh("u"));
    const watcher = await watch(target, ids);
    const frames = await watcher.framesBeforePong();
    expect(frames.map(({ event }) => event).sort()).toEqual(["pusher:error", EVENT]);
    const state = frames.find(({ event }) => event === EVENT);
    const refusal = frames.find(({ event }) => event === "pusher:error");
    expect(state && changes(state)).toEqual([{ name: "offline", user_ids: ids.slice(0, 100) }]);
    expect(refusal && errorOf(refusal)).toEqual({ code: 4302, message: expect.stringContaining("100") });
    await signedIn(target, ids[100] ?? "");
    expect(await watcher.framesBeforePong()).toEqual([]);
    await signedIn(target, ids[99] ?? "");
    expect(changes(await watcher.nextEvent(EVENT))).toEqual([{ name: "online", user_ids: [ids[99]] }]);
  });
});

describeServer("without watchlists", { settings: { watchlist_events: false } }, (target) => {
  test("a watchlist is taken and nothing comes of it", async () => {
    const id = fresh("u");
    const watcher = await watch(target, [id]);
    await signedIn(target, id);
    expect(await watcher.framesBeforePong()).toEqual([]);
  });
});
