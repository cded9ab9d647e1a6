import { expect, test } from "bun:test";
import { resume } from "@usher/pusher-js";
import Pusher, { type Channel } from "pusher-js";
import { eventOf, subscribed } from "../clients/events.ts";
import { TcpProxy } from "../clients/tcp-proxy.ts";
import { Api } from "../support/api.ts";
import { report } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { within } from "../support/time-limit.ts";
import { Random } from "./random.ts";

/** `USHER_TEST_RESUMING_CLIENTS=1000` for the whole of it. */
const CLIENTS = Number(process.env.USHER_TEST_RESUMING_CLIENTS ?? 200);
const EVENTS = 600;
/** Between two faults, each of which meets some of the connections. */
const EVENTS_PER_FAULT = 50;
const PACE_MS = 5;
const PATIENCE_MS = 60_000;
const CHANNEL = "kept-numbers";
const SETTINGS = { history_prefixes: ["kept-"], history_events: 10_000, history_seconds: 600 };

interface Follower {
  readonly client: Pusher;
  readonly channel: Channel;
  /** Numbers, and the reasons of gaps. */
  readonly seen: (number | string)[];
  returns: number;
}

/** Follows the numbers through a proxy, as a page with the plug-in does. */
async function follow(proxy: TcpProxy): Promise<Follower> {
  const client = new Pusher(TEST_APP.key, {
    cluster: "",
    wsHost: proxy.host,
    wsPort: proxy.port,
    forceTLS: false,
    enabledTransports: ["ws", "wss"],
  });
  // They are cut off far more often than anybody in the world, and need not get more patient each time.
  resume(client, { backOff: { maxMs: 1_000 } });
  const channel = client.subscribe(CHANNEL);
  const follower: Follower = { client, channel, seen: [], returns: -1 };
  channel.bind("n", (n: number) => follower.seen.push(n));
  channel.bind("usher:gap", ({ reason }: { reason: string }) => follower.seen.push(reason));
  channel.bind("pusher:subscription_succeeded", () => follower.returns++);
  await subscribed(channel);
  return follower;
}

function reached({ channel, seen }: Follower, number: number): Promise<void> {
  const arrived = new Promise<void>((resolve) => {
    if (seen.includes(number)) resolve();
    channel.bind("n", (n: number) => {
      if (n === number) resolve();
    });
  });
  return within(PATIENCE_MS, arrived, () => `no ${number}; the last were ${seen.slice(-3).join(", ")}`);
}

function publisherOn({ host, port }: TestServer): (n: number) => Promise<unknown> {
  const api = new Api(`http://${host}:${port}`, TEST_APP);
  return (n) => api.trigger({ name: "n", data: String(n), channels: [CHANNEL] });
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test(
  `${CLIENTS} clients that are cut off again and again see every number once and in order, or one gap where it is due`,
  async () => {
    const random = new Random(7);
    // Both before there is anything else to do: whoever waits for a server has no time for a thousand clients.
    const [server, next] = await Promise.all([
      startServer({ settings: SETTINGS }),
      startServer({ settings: SETTINGS }),
    ]);
    const proxy = await TcpProxy.start(server.port);
    const followers: Follower[] = [];
    const counts = { cuts: 0, stalls: 0 };
    try {
      for (let n = 0; n < CLIENTS; n += 50) {
        const batch = Array.from({ length: Math.min(50, CLIENTS - n) }, () => follow(proxy));
        followers.push(...(await Promise.all(batch)));
      }
      const publish = publisherOn(server);
      for (let n = 1; n <= EVENTS; n++) {
        await publish(n);
        await Bun.sleep(PACE_MS);
        if (n % EVENTS_PER_FAULT !== 0) continue;
        // A stalled connection is found dead sooner or later; here, at the next fault but one.
        if (n % (4 * EVENTS_PER_FAULT) === 0) counts.cuts += proxy.cut();
        else if (random.chance(0.5)) counts.stalls += proxy.stall(() => random.chance(0.2));
        else counts.cuts += proxy.cut(() => random.chance(0.3));
      }
      counts.cuts += proxy.cut();
      await Promise.all(followers.map((follower) => reached(follower, EVENTS)));
      const whole = numbers(1, EVENTS);
      for (const { seen } of followers) expect(seen).toEqual(whole);

      // Another server, as after one has died: it knows nothing of what was.
      const gaps = followers.map(({ channel }) => eventOf(channel, "usher:gap", PATIENCE_MS));
      await publish(EVENTS + 1);
      proxy.retarget(next.port);
      counts.cuts += proxy.cut();
      await Promise.all(gaps);
      const publishThere = publisherOn(next);
      const last = EVENTS + 200;
      for (let n = EVENTS + 2; n <= last; n++) {
        await publishThere(n);
        if (n % EVENTS_PER_FAULT === 0) counts.cuts += proxy.cut(() => random.chance(0.3));
      }
      counts.cuts += proxy.cut();
      await Promise.all(followers.map((follower) => reached(follower, last)));
      for (const { seen } of followers) {
        const gap = seen.indexOf("epoch_changed");
        // The one number before the change of servers may have come through or not.
        expect([EVENTS, EVENTS + 1]).toContain(gap);
        expect(seen.slice(0, gap)).toEqual(numbers(1, gap));
        expect(seen.slice(gap + 1)).toEqual(numbers(EVENTS + 2, last));
      }
      const seenInAll = followers.reduce((sum, { seen }) => sum + seen.length - 1, 0);
      const returns = followers.reduce((sum, follower) => sum + follower.returns, 0);
      report(
        `${CLIENTS} clients, ${counts.cuts} connections cut, ${counts.stalls} stalled, ${returns} returns: ` +
          `${seenInAll} numbers seen, none twice, none missing but at ${CLIENTS} gaps that were due`,
      );
    } finally {
      for (const { client } of followers) client.disconnect();
      proxy.stop();
      await Promise.all([server.stop(), next.stop()]);
    }
  },
  10 * PATIENCE_MS,
);
