import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { resume } from "@usher/pusher-js";
import Pusher from "pusher-js";
import { startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { eventOf, subscribed } from "../clients/events.ts";
import { TcpProxy } from "../clients/tcp-proxy.ts";
import { Api } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(60_000);

const PRESENCE = "presence-room";
const CACHE = "cache-board";
const SETTINGS = { history_prefixes: ["presence-", "cache-"], history_events: 100, history_seconds: 600 };

describe.skipIf(!hasPostgres || !hasRedis)(
  "a client with the plug-in that comes back to another node",
  () => {
    let cluster: TestCluster;
    let receiver: WebhookReceiver;
    let endpoint: ReturnType<typeof startAuthEndpoint>;
    let proxy: TcpProxy;
    let client: Pusher;
    let nodes: [TestServer, TestServer];
    /** What the channels have told the client. */
    let heard: string[];

    beforeEach(async () => {
      heard = [];
      receiver = new WebhookReceiver();
      const env = { USHER_WEBHOOK_URL: receiver.url, USHER_WEBHOOK_ALLOW_PRIVATE: "1" };
      cluster = await startCluster(2, { settings: SETTINGS, env });
      nodes = cluster.nodes as unknown as [TestServer, TestServer];
      endpoint = startAuthEndpoint(TEST_APP);
      proxy = await TcpProxy.start(nodes[0].port);
      client = new Pusher(TEST_APP.key, {
        cluster: "",
        wsHost: proxy.host,
        wsPort: proxy.port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        channelAuthorization: {
          endpoint: endpoint.channelUrl,
          transport: "ajax",
          params: { user_id: "ann" },
        },
      });
      resume(client);
    });

    afterEach(async () => {
      client.disconnect();
      proxy.stop();
      await Promise.all([endpoint.stop(), cluster.stop()]);
      await receiver.stop();
    });

    async function follow(name: string): Promise<void> {
      const channel = client.subscribe(name);
      channel.bind_global((event: string, data: unknown) => {
        if (!event.startsWith("pusher:subscription")) heard.push(`${name} ${event} ${JSON.stringify(data)}`);
      });
      await subscribed(channel);
    }

    function publish(node: TestServer, channel: string, data: string): Promise<unknown> {
      return new Api(`http://${node.host}:${node.port}`, TEST_APP).trigger({
        name: "n",
        data,
        channels: [channel],
      });
    }

    /** What webhooks have told of the channels that the client is on, and of the client. */
    const told = () =>
      receiver.events
        .filter(({ user_id: userId }) => userId !== "marker")
        .map(({ name, channel }) => `${name} ${channel}`)
        .toSorted();

    test.each([
      ["was cut off", "cut"],
      ["lost its node", "kill"],
    ] as const)(
      "and %s is told nothing twice, and no receiver of webhooks hears that it left",
      async (_, how) => {
        const marker = new TestSocket(
          `ws://${nodes[0].host}:${nodes[0].port}/app/${TEST_APP.key}?protocol=7`,
          TEST_APP,
        );
        await marker.established();
        await marker.join(PRESENCE, { user_id: "marker" });
        await follow(PRESENCE);
        await publish(nodes[1], CACHE, "1");
        await follow(CACHE);
        const arrived = eventOf(client.channel(CACHE), "n");
        await publish(nodes[1], CACHE, "2");
        await arrived;
        await receiver.until(() => told().length === 3);

        const returned = eventOf(client.connection, "connected", 20_000);
        proxy.retarget(nodes[1].port);
        if (how === "cut") proxy.cut();
        else nodes[0].signal("SIGKILL");
        // Meanwhile something is sent, which it gets once, and not as what the channel has for newcomers.
        await publish(nodes[1], CACHE, "3");
        await returned;
        await Promise.all([PRESENCE, CACHE].map((name) => subscribed(client.channel(name))));
        const last = eventOf(client.channel(CACHE), "n");
        await publish(nodes[1], CACHE, "4");
        await last;
        expect(heard.filter((line) => line.startsWith(CACHE))).toEqual(
          [1, 2, 3, 4].map((n) => `${CACHE} n ${n}`),
        );

        // Whoever leaves now is told of after any who left before; of those who were on a node that died all are told together.
        if (how === "cut") await marker.close();
        await receiver.eventsOf(
          ({ name, user_id: userId }) => name === "member_removed" && userId === "marker",
          1,
        );
        expect(told()).toEqual([
          `channel_occupied ${CACHE}`,
          `channel_occupied ${PRESENCE}`,
          `member_added ${PRESENCE}`,
        ]);
        expect(heard.filter((line) => line.startsWith(PRESENCE) && !line.includes('"marker"'))).toEqual([]);
      },
    );
  },
);
