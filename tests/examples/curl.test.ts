import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import NodePusher from "pusher-js";
import { eventOf, subscribed } from "../clients/events.ts";
import { report } from "../support/report.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { EXAMPLES, environmentFor } from "./running-example.ts";

setDefaultTimeout(30_000);

const lacking = ["sh", "curl", "openssl"].find((command) => Bun.which(command) === null);
if (lacking !== undefined) {
  const reason = `there is no ${lacking} on this machine`;
  if (process.env.CI === "true") throw new Error(`examples: curl cannot be left out with CI=true: ${reason}`);
  report(`examples: curl is left out: ${reason}`);
} else {
  describe("examples/curl", () => {
    let server: TestServer;
    const open: NodePusher[] = [];

    beforeAll(async () => {
      server = await startServer();
    });
    afterEach(() => {
      for (const client of open.splice(0)) client.disconnect();
    });
    afterAll(() => server.stop());

    const run = async (script: string, ...args: string[]) => {
      const child = Bun.spawn([`${EXAMPLES}curl/${script}`, ...args], {
        env: environmentFor(server),
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { stdout, stderr, code };
    };

    /** pusher-js that asks the script where others ask an endpoint. */
    const connect = (user: number): NodePusher => {
      const client = new NodePusher(server.key, {
        cluster: "",
        wsHost: server.host,
        wsPort: server.port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        channelAuthorization: {
          endpoint: "",
          transport: "ajax",
          customHandler: async ({ socketId, channelName }, callback) => {
            const { stdout, stderr, code } = await run("authorize.sh", String(user), socketId, channelName);
            if (code === 0) callback(null, JSON.parse(stdout));
            else callback(new Error(stderr.trim()), null);
          },
        },
      });
      open.push(client);
      return client;
    };

    test("lets users join their own private channel, and triggers an event there", async () => {
      const channel = connect(1).subscribe("private-user-1");
      await subscribed(channel);
      const event = eventOf(channel, "greeting");
      expect(await run("trigger.sh", "private-user-1", "greeting", "Hello Ada")).toEqual({
        stdout: "{}",
        stderr: "",
        code: 0,
      });
      expect(await event).toBe("Hello Ada");
    });

    test("lets users into a room by name and avatar", async () => {
      const members = await subscribed(connect(2).subscribe("presence-room-lobby"));
      expect(members).toMatchObject({
        count: 1,
        members: { 2: { name: "Grace", avatar: "/avatars/grace.png" } },
      });
    });

    test("refuses someone else's private channel with 403", async () => {
      const channel = connect(2).subscribe("private-user-1");
      expect(await eventOf(channel, "pusher:subscription_error")).toMatchObject({ error: "403 Forbidden" });
    });

    test("signs nothing for a socket id or a channel that cannot be", async () => {
      for (const [user, socketId, channel, error] of [
        ["3", "1.2", "private-user-3", "401 Not signed in\n"],
        ["1", "1.2\n", "private-user-1", "400 No socket id\n"],
        ["1", "1.2:private-user-2", "private-user-1", "400 No socket id\n"],
        ["1", "12", "private-user-1", "400 No socket id\n"],
        ["1", "1.2", "private-user-1\n", "403 Forbidden\n"],
        ["1", "1.2", "presence-room-a:b", "403 Forbidden\n"],
        ["1", "1.2", "presence-room-a\n", "403 Forbidden\n"],
      ] as const) {
        expect(await run("authorize.sh", user, socketId, channel)).toEqual({
          stdout: "",
          stderr: error,
          code: 1,
        });
      }
    });

    test("reports what the server refuses", async () => {
      const { code, stdout } = await run("trigger.sh", "no channel", "greeting", "Hello");
      expect(code).not.toBe(0);
      expect(stdout).toContain("channel_name_invalid");
    });
  });
}
