import { afterEach, describe, expect, test } from "bun:test";
import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerWebSocket } from "bun";
import { type FakeAnswers, type FakeServer, startFakeServer } from "./fake-server.ts";
import { runCommand } from "./test-cli.ts";

const CREDENTIALS = ["--app-id", "3", "--key", "278d425bdf160c739803", "--secret", "7ad3773142a6692b25b8"];
const SECRET = "7ad3773142a6692b25b8";

let server: FakeServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

function start(answers: FakeAnswers = {}): FakeServer {
  server = startFakeServer(answers);
  return server;
}

function hmac(text: string): string {
  return createHmac("sha256", SECRET).update(text).digest("hex");
}

/** What an honest verifier computes for a request that has no array parameters. */
function expectedSignature({ method, url, body }: FakeServer["requests"][number]): string {
  const query = [...url.searchParams].filter(([key]) => key !== "auth_signature").toSorted();
  if (body !== "")
    expect(url.searchParams.get("body_md5")).toBe(createHash("md5").update(body).digest("hex"));
  return hmac(`${method}\n${url.pathname}\n${query.map((pair) => pair.join("=")).join("&")}`);
}

describe("usher trigger", () => {
  const EVENT = ["--event", "App\\Events\\Shipped", "--data", '{"id":7,"ü":"🎉"}'];

  test("signs and sends one request for all channels", async () => {
    const { url, requests } = start();
    const args = ["trigger", "--channel", "a", "--channel", "private-b", ...EVENT, "--socket-id", "1.2"];
    const { exitCode, out } = await runCommand([...args, ...CREDENTIALS, "--url", url]);
    expect(exitCode).toBe(0);
    expect(out).toBe("triggered App\\Events\\Shipped on a, private-b\n");
    const [request] = requests;
    expect(request?.method).toBe("POST");
    expect(request?.url.pathname).toBe("/apps/3/events");
    expect(JSON.parse(request?.body ?? "")).toEqual({
      name: "App\\Events\\Shipped",
      channels: ["a", "private-b"],
      data: '{"id":7,"ü":"🎉"}',
      socket_id: "1.2",
    });
    expect(request?.url.searchParams.get("auth_signature")).toBe(request ? expectedSignature(request) : "");
  });

  test("reads the data from standard input, without the newline at its end", async () => {
    const { url, requests } = start();
    const args = ["trigger", "--channel", "a", "--event", "e", "--data", "-", ...CREDENTIALS, "--url", url];
    await runCommand(args, { input: "line 1\nline 2\n" });
    expect(JSON.parse(requests[0]?.body ?? "").data).toBe("line 1\nline 2");
  });

  test("--json prints the answer alone", async () => {
    const { url } = start({ http: () => Response.json({ channels: { a: { user_count: 1 } } }) });
    const args = ["trigger", "--channel", "a", ...EVENT, "--json", ...CREDENTIALS, "--url", url];
    expect((await runCommand(args)).out).toBe('{"channels":{"a":{"user_count":1}}}\n');
  });

  test("keeps a path that the address has, and signs it", async () => {
    const { url, requests } = start();
    await runCommand(["trigger", "--channel", "a", ...EVENT, ...CREDENTIALS, "--url", `${url}/realtime/`]);
    const [request] = requests;
    expect(request?.url.pathname).toBe("/realtime/apps/3/events");
    expect(request?.url.searchParams.get("auth_signature")).toBe(request ? expectedSignature(request) : "");
  });

  test("ends with 1 and the server's words when it is refused", async () => {
    const error = { code: "http_auth_key_unknown", message: "Unknown auth_key", hint: "Compare both." };
    const { url } = start({ http: () => Response.json({ error }, { status: 401 }) });
    const args = ["trigger", "--channel", "a", ...EVENT, ...CREDENTIALS, "--url", url];
    const { exitCode, out, errors } = await runCommand(args);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(errors).toBe("usher: the server refused (401): Unknown auth_key\n  Compare both.\n");
    expect(JSON.parse((await runCommand([...args, "--json"])).errors)).toMatchObject({
      error: { code: "http_auth_key_unknown" },
    });
  });

  test("understands servers that refuse in plain text", async () => {
    const { url } = start({ http: () => new Response("Invalid signature: no\nmore\n", { status: 401 }) });
    const args = ["trigger", "--channel", "a", ...EVENT, ...CREDENTIALS, "--url", url];
    const { exitCode, errors } = await runCommand(args);
    expect(exitCode).toBe(1);
    expect(errors).toContain("the server refused (401): Invalid signature: no\n");
  });

  test("ends with 69 when nobody answers, or somebody else does", async () => {
    const args = ["trigger", "--channel", "a", ...EVENT, ...CREDENTIALS, "--url"];
    const { url, stop } = start({ http: () => new Response("<html>", { status: 200 }) });
    const other = await runCommand([...args, url]);
    expect(other.exitCode).toBe(69);
    expect(other.errors).toContain("something else than a JSON object");
    await stop();
    const nobody = await runCommand([...args, url]);
    expect(nobody.exitCode).toBe(69);
    expect(nobody.errors).toContain(`${url} cannot be reached: connection refused`);
  });
});

describe("credentials", () => {
  const TRIGGER = ["trigger", "--channel", "a", "--event", "e", "--data", "d"];

  async function keyUsed(args: readonly string[], env: Record<string, string>): Promise<string | null> {
    const { url, requests } = server ?? start();
    const { errors } = await runCommand([...TRIGGER, ...args], { env: { USHER_URL: url, ...env } });
    return requests.at(-1)?.url.searchParams.get("auth_key") ?? errors;
  }

  test("come from the variables of the server, and flags take their place one by one", async () => {
    const env = { USHER_APP_ID: "3", USHER_APP_KEY: "from-env", USHER_APP_SECRET: "s" };
    expect(await keyUsed([], env)).toBe("from-env");
    expect(await keyUsed(["--key", "from-flag"], env)).toBe("from-flag");
  });

  test("come from the local store by --app, or when it has a single app", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
    const env = { USHER_DATA_DIR: dataDir };
    expect(await keyUsed([], env)).toContain("there is no database");
    await runCommand(["apps", "create", "--id", "1", "--key", "first"], { env });
    expect(await keyUsed([], env)).toBe("first");
    await runCommand(["apps", "create", "--id", "2", "--key", "second"], { env });
    const several = await runCommand(TRIGGER, { env });
    expect(several.exitCode).toBe(2);
    expect(several.errors).toContain("Choose one with --app");
    expect(await keyUsed(["--app", "2"], env)).toBe("second");
    const unknown = await runCommand([...TRIGGER, "--app", "9"], { env });
    expect(unknown.exitCode).toBe(2);
    rmSync(dataDir, { recursive: true });
  });

  test("leave a configuration alone that is not needed", async () => {
    expect(await keyUsed(CREDENTIALS, { USHER_PORT: "wrong" })).toBe("278d425bdf160c739803");
  });

  test("go to the configured host, port and path when no address is given", async () => {
    const { url, requests } = start();
    const { port } = new URL(url);
    const env = { USHER_PORT: port, USHER_HOST: "0.0.0.0", USHER_PATH_PREFIX: "/p" };
    await runCommand([...TRIGGER, ...CREDENTIALS], { env });
    expect(requests[0]?.url.pathname).toBe("/p/apps/3/events");
  });
});

describe("usher channels", () => {
  test("lists channels with what was asked about them", async () => {
    const channels = { "presence-a": { user_count: 3 }, "presence-long": { user_count: 1 } };
    const { url, requests } = start({ http: () => Response.json({ channels }) });
    const args = ["channels", "--prefix", "presence-", "--info", "user_count", ...CREDENTIALS, "--url", url];
    const { exitCode, out } = await runCommand(args);
    expect(exitCode).toBe(0);
    expect(out).toBe("presence-a     user_count 3\npresence-long  user_count 1\n");
    const [request] = requests;
    expect(request?.url.pathname).toBe("/apps/3/channels");
    expect(request?.url.searchParams.get("filter_by_prefix")).toBe("presence-");
    expect(request?.url.searchParams.get("auth_signature")).toBe(request ? expectedSignature(request) : "");
    expect(JSON.parse((await runCommand([...args, "--json"])).out)).toEqual({ channels });
  });

  test("prints nothing when there are none", async () => {
    const { url } = start({ http: () => Response.json({ channels: {} }) });
    expect((await runCommand(["channels", "list", ...CREDENTIALS, "--url", url])).out).toBe("");
  });

  test("shows one channel", async () => {
    const { url, requests } = start({ http: () => Response.json({ occupied: true, user_count: 42 }) });
    const args = ["channels", "show", "presence-a", "--info", "user_count", ...CREDENTIALS, "--url", url];
    expect((await runCommand(args)).out).toBe("occupied    true\nuser_count  42\n");
    expect(requests[0]?.url.pathname).toBe("/apps/3/channels/presence-a");
  });
});

describe("usher subscribe", () => {
  type Socket = ServerWebSocket<undefined>;

  function send(socket: Socket, event: string, data: unknown, channel?: string, more: object = {}): void {
    socket.send(
      JSON.stringify({
        event,
        channel,
        data: typeof data === "string" ? data : JSON.stringify(data),
        ...more,
      }),
    );
  }

  function greet(socket: Socket): void {
    send(socket, "pusher:connection_established", { socket_id: "1234.1234", activity_timeout: 120 });
  }

  const accept: NonNullable<FakeAnswers["frame"]> = (socket, { event, data }) => {
    if (event === "pusher:subscribe") {
      send(socket, "pusher_internal:subscription_succeeded", "{}", data.channel);
    }
  };

  test("signs for private and presence channels as the published examples do", async () => {
    const frames: unknown[] = [];
    const { url, opened } = start({
      opened: greet,
      frame: (socket, frame) => {
        frames.push(frame.data);
        accept(socket, frame);
        if (frames.length === 3) send(socket, "e", "1", "public");
      },
    });
    const channels = ["public", "private-foobar", "presence-foobar"].flatMap((name) => ["--channel", name]);
    const user = ["--user-id", "10", "--user-info", '{"name":"Mr. Channels"}'];
    const args = ["subscribe", ...channels, ...user, "--count", "1", ...CREDENTIALS, "--url", url];
    expect((await runCommand(args)).exitCode).toBe(0);
    expect(opened[0]?.pathname).toBe("/app/278d425bdf160c739803");
    expect(opened[0]?.searchParams.get("protocol")).toBe("7");
    expect(frames).toEqual([
      { channel: "public" },
      {
        channel: "private-foobar",
        auth: "278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
      },
      {
        channel: "presence-foobar",
        auth: "278d425bdf160c739803:4c6d8fc42a207ba96a0779844171b0bb819d96ffceef9609f5cce596ab17a800",
        channel_data: '{"user_id":"10","user_info":{"name":"Mr. Channels"}}',
      },
    ]);
  });

  /** Subscribes to one channel, on which this happens. */
  async function subscribeWhile(happens: (socket: Socket) => void, ...args: string[]) {
    const { url } = start({
      opened: greet,
      frame: (socket, frame) => {
        accept(socket, frame);
        happens(socket);
      },
    });
    return runCommand(["subscribe", "--channel", "c", ...args, ...CREDENTIALS, "--url", url]);
  }

  test("prints a line for each event and ends after --count", async () => {
    const { exitCode, out, errors } = await subscribeWhile(
      (socket) => {
        send(socket, "a b", '{"x":1}', "c");
        send(socket, "client-typing", "on", "c", { user_id: "10" });
        send(socket, "late", "", "c");
      },
      "--count",
      "2",
    );
    expect(exitCode).toBe(0);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /gm;
    expect(out.replace(time, "")).toBe('c a b {"x":1}\nc client-typing from 10 on\n');
    expect(errors).toBe("usher: subscribed to c\n");
  });

  test("--json prints one object a line, with the data byte for byte", async () => {
    const data = '{"big":12345678901234567890, "nl":"\\n"}';
    const { out } = await subscribeWhile(
      (socket) => send(socket, "e", data, "c", { user_id: "10" }),
      "--count",
      "1",
      "--json",
    );
    expect(out.endsWith("}\n")).toBe(true);
    expect(JSON.parse(out)).toEqual({
      time: expect.any(String),
      channel: "c",
      event: "e",
      data,
      user_id: "10",
    });
  });

  test("lets nothing through that a terminal would obey", async () => {
    const { out } = await subscribeWhile(
      (socket) => send(socket, "e", "\u001b[2J\nx\u202e", "c"),
      "--count",
      "1",
    );
    expect(out.trimEnd().split(" ").slice(1).join(" ")).toBe("c e \\u{1b}[2J\\nx\\u{202e}");
  });

  test("keeps events of the protocol out of the output unless they are asked for", async () => {
    const happens = (socket: Socket) => {
      send(socket, "pusher_internal:member_added", { user_id: "2" }, "c");
      send(socket, "e", "1", "c");
    };
    const without = await subscribeWhile(happens, "--count", "1", "--json");
    expect(JSON.parse(without.out).event).toBe("e");
    expect(without.errors).toContain("pusher:member_added");
    await server?.stop();
    const all = await subscribeWhile(happens, "--count", "1", "--json", "--all");
    expect(JSON.parse(all.out).event).toBe("pusher:member_added");
  });

  test("answers pings", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { url } = start({
      opened: (socket) => {
        greet(socket);
        send(socket, "pusher:ping", {});
      },
      frame: (socket, { event }) => {
        if (event !== "pusher:pong") return;
        resolve(event);
        send(socket, "e", "", "c");
      },
    });
    await runCommand(["subscribe", "--channel", "c", "--count", "1", ...CREDENTIALS, "--url", url]);
    expect(await promise).toBe("pusher:pong");
  });

  test("ends well at Ctrl-C and after --timeout, and with 1 when --count is not reached by then", async () => {
    const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
    const { url } = start({
      opened: greet,
      frame: (socket, frame) => {
        accept(socket, frame);
        interrupt();
      },
    });
    const args = ["subscribe", "--channel", "c", ...CREDENTIALS, "--url", url];
    expect((await runCommand(args, { interrupted })).exitCode).toBe(0);
    expect((await runCommand([...args, "--timeout", "1"])).exitCode).toBe(0);
    const few = await runCommand([...args, "--timeout", "1", "--count", "2"]);
    expect(few.exitCode).toBe(1);
    expect(few.errors).toContain("0 of 2 events came in time");
  });

  test("ends with 1 when a subscription is refused, whichever way servers say so", async () => {
    const ways: ((socket: Socket) => void)[] = [
      (socket) =>
        send(socket, "pusher:subscription_error", { type: "AuthError", error: "bad", status: 401 }, "c"),
      (socket) => void socket.send('{"event":"pusher:error","data":{"code":null,"message":"bad"}}'),
    ];
    for (const way of ways) {
      const { url, stop } = start({ opened: greet, frame: way });
      const { exitCode, errors } = await runCommand([
        "subscribe",
        "--channel",
        "c",
        ...CREDENTIALS,
        "--url",
        url,
      ]);
      expect(exitCode).toBe(1);
      expect(errors).toContain("the subscription was refused: bad");
      await stop();
    }
  });

  test.each([
    [4001, "No app has the key k", 1, "4001 No app has the key k (do not connect again as you are)"],
    [4100, "The server is over capacity", 69, "4100 The server is over capacity (connect again later)"],
    [4200, "", 69, "4200 connect again at once"],
    [1011, "", 69, "1011 without a reason"],
  ])("says in words what close code %d means", async (code, reason, exitCode, words) => {
    const { url } = start({
      opened: (socket) => {
        if (reason) socket.send(JSON.stringify({ event: "pusher:error", data: { code, message: reason } }));
        socket.close(code, reason);
      },
    });
    const { errors, ...ended } = await runCommand([
      "subscribe",
      "--channel",
      "c",
      ...CREDENTIALS,
      "--url",
      url,
    ]);
    if (code === 1011) expect(errors).toContain("cannot be reached");
    else expect(errors).toContain(`the server closed the connection: ${words}`);
    expect(ended.exitCode).toBe(exitCode);
  });

  test("does not connect again when the connection is lost", async () => {
    const { exitCode, errors } = await subscribeWhile((socket) => socket.close(4200, "restarting"));
    expect(exitCode).toBe(69);
    expect(errors).toContain("4200 restarting");
    expect(server?.opened).toHaveLength(1);
  });

  test("ends with 69 when nobody answers", async () => {
    const { url, stop } = start();
    await stop();
    const { exitCode, errors } = await runCommand([
      "subscribe",
      "--channel",
      "c",
      ...CREDENTIALS,
      "--url",
      url,
    ]);
    expect(exitCode).toBe(69);
    expect(errors).toContain("cannot be reached");
  });
});
