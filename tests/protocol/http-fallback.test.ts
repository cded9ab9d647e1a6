import { expect, test } from "bun:test";
import { connect } from "node:net";
import { framesOf, newSessionId, TestSession } from "../support/http-session.ts";
import { metricsOf } from "../support/metrics.ts";
import { report } from "../support/report.ts";
import { userAuth } from "../support/sign.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

const PRELUDE = "h".repeat(2_048);

const sessionsOf = async (target: Target) => {
  const metrics = await metricsOf(target.process);
  return {
    streaming: metrics.get('usher_http_sessions{transport="xhr_streaming"}'),
    polling: metrics.get('usher_http_sessions{transport="xhr_polling"}'),
    connections: metrics.get('usher_connections{app_id="3"}'),
    channels: metrics.get('usher_channels{app_id="3"}'),
  };
};

describeServer("connections over HTTP", { usher: true, settings: { client_events: true } }, (target) => {
  test("a stream begins with 2 kB of h, then o, then the greeting, and is not to be kept or held back", async () => {
    const session = new TestSession(target);
    const response = await session.post("xhr_streaming");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/javascript; charset=UTF-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      "access-control-allow-origin": "*",
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream() as never).getReader();
    let text = "";
    while (text.split("\n").length < 4) text += (await reader?.read())?.value ?? "";
    const [prelude, open, greeting, rest] = text.split("\n");
    expect([prelude, open, rest]).toEqual([PRELUDE, "o", ""]);
    expect(framesOf(greeting)).toEqual([
      { event: "pusher:connection_established", data: expect.stringMatching(/"activity_timeout":120/) },
    ]);
    await reader?.cancel();
  });

  test("a poll is answered with o, the next with the greeting, the one after that waits for an event", async () => {
    const session = new TestSession(target);
    expect(await session.poll()).toEqual(["o"]);
    const [greeting] = await session.poll();
    session.greeted(framesOf(greeting)[0]);
    const channel = fresh("c-");
    expect((await session.subscribe(channel)).status).toBe(204);
    expect(framesOf((await session.poll())[0])).toMatchObject([
      { event: "pusher_internal:subscription_succeeded" },
    ]);
    const waiting = session.poll();
    await target.api.trigger({ name: "e", channels: [channel], data: "1" });
    expect(framesOf((await waiting)[0])).toEqual([{ event: "e", channel, data: "1" }]);
  });

  test("events that come between two polls wait for the next, as one line in their order", async () => {
    const session = await new TestSession(target).openWithPoll();
    const channel = fresh("c-");
    await session.subscribe(channel);
    await session.poll();
    for (const data of ["1", "2", "3"]) await target.api.trigger({ name: "e", channels: [channel], data });
    const lines = await session.poll();
    expect(lines).toHaveLength(1);
    expect(framesOf(lines[0]).map(({ data }) => data)).toEqual(["1", "2", "3"]);
  });

  test("the address works with and without /pusher before /app", async () => {
    for (const httpPath of ["/pusher", ""]) {
      const stream = await new TestSession(target, { httpPath }).openWithStream();
      stream.abort();
    }
  });

  test("[] is answered with a[], never with a heartbeat, which the client would answer in turn", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    expect((await session.post("xhr_send", "[]")).status).toBe(204);
    expect(await stream.nextLine()).toBe("a[]");
    const polling = await new TestSession(target).openWithPoll();
    const waiting = polling.poll();
    await polling.post("xhr_send", "[]");
    expect(await waiting).toEqual(["a[]"]);
    stream.abort();
  });

  test("pusher:ping is answered, and several frames in one request are taken in their order", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const [first, second] = [fresh("c-"), fresh("c-")];
    const subscribe = (channel: string) => ({ event: "pusher:subscribe", data: { channel } });
    await session.send(subscribe(first), { event: "pusher:ping", data: {} }, subscribe(second));
    expect((await stream.next()).channel).toBe(first);
    expect((await stream.next()).event).toBe("pusher:pong");
    expect((await stream.next()).channel).toBe(second);
    stream.abort();
  });

  test("a stream is full at 256 Ki characters; the next one goes on without o, and nothing is lost in between", async () => {
    const session = new TestSession(target);
    let stream = await session.openWithStream();
    const channel = fresh("c-");
    await session.subscribe(channel);
    await stream.next();
    const filling = "ä€😀".repeat(1_000);
    const total = 150;
    const sending = (async () => {
      for (let n = 0; n < total; n++) {
        await target.api.trigger({ name: "e", channels: [channel], data: JSON.stringify({ n, filling }) });
      }
    })();
    const numbers: number[] = [];
    let rotations = 0;
    while (numbers.length < total) {
      const { event, data } = await stream.next();
      expect(event).toBe("e");
      numbers.push((JSON.parse(String(data)) as { n: number }).n);
      if (!stream.isUsedUp) continue;
      stream.abort();
      stream = await session.stream();
      rotations++;
    }
    await sending;
    expect(numbers).toEqual(Array.from({ length: total }, (_, n) => n));
    expect(rotations).toBeGreaterThanOrEqual(2);
    stream.abort();
  });

  test("client events go both ways between a session and a WebSocket, and to nobody twice", async () => {
    const session = new TestSession(target);
    const second = new TestSession(target);
    const [stream, other, socket] = await Promise.all([
      session.openWithStream(),
      second.openWithStream(),
      target.connect(),
    ]);
    const channel = fresh("private-");
    await session.subscribe(channel);
    await second.subscribe(channel);
    await socket.join(channel);
    await stream.next();
    await other.next();
    await session.send({ event: "client-a", channel, data: { from: "session" } });
    const received = { event: "client-a", channel, data: '{"from":"session"}' };
    expect(await socket.next()).toEqual(received);
    expect(await other.next()).toEqual(received);
    socket.send({ event: "client-b", channel, data: { from: "socket" } });
    expect((await stream.next()).event).toBe("client-b");
    expect((await other.next()).event).toBe("client-b");
    stream.abort();
    other.abort();
  });

  test("an event is not sent to the session whose socket_id it leaves out", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const socket = await target.connect();
    const channel = fresh("c-");
    await session.subscribe(channel);
    await socket.join(channel);
    await stream.next();
    const { socketId: socket_id } = session;
    await target.api.trigger({ name: "not-back", channels: [channel], data: "1", socket_id });
    await target.api.trigger({ name: "to-all", channels: [channel], data: "1" });
    expect((await stream.next()).event).toBe("to-all");
    expect((await socket.next()).event).toBe("not-back");
    stream.abort();
  });

  test("a client that ends its request is gone at once, as if a TCP connection broke", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.join(channel, { user_id: "watcher" });
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    await session.subscribe(channel, { user_id: "ann" });
    expect((await socket.nextEvent("pusher_internal:member_added")).data).toContain("ann");
    stream.abort();
    expect((await socket.nextEvent("pusher_internal:member_removed")).data).toContain("ann");
    expect((await session.post("xhr_send", "[]")).status).toBe(404);
  });

  test("a client that polls no more is gone after 5 seconds", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.join(channel, { user_id: "watcher" });
    const session = await new TestSession(target).openWithPoll();
    await session.subscribe(channel, { user_id: "ann" });
    await session.poll();
    await socket.nextEvent("pusher_internal:member_added");
    const startedAtMs = performance.now();
    await socket.nextEvent("pusher_internal:member_removed", 10_000);
    expect(performance.now() - startedAtMs).toBeGreaterThan(4_900);
    expect((await session.send({ event: "pusher:ping" })).status).toBe(404);
    // To the client that thinks it is open, o says that it is not.
    expect(await session.poll()).toEqual(["o"]);
  });

  test("a second request that waits takes over, and the first is told so", async () => {
    const session = new TestSession(target);
    const first = await session.openWithStream();
    const second = await session.stream();
    expect(await first.nextLine()).toBe('c[2010,"Another connection still open"]');
    expect(await first.nextLine()).toBeUndefined();
    await session.send({ event: "pusher:ping" });
    await second.nextEvent("pusher:pong");
    const polling = session.poll();
    expect(await second.nextLine()).toBe('c[2010,"Another connection still open"]');
    await session.send({ event: "pusher:ping" });
    expect(framesOf((await polling)[0])).toMatchObject([{ event: "pusher:pong" }]);
  });

  test.each([
    ["unknown key", { key: "nosuchkey" }, 4001],
    ["protocol too old", { query: "protocol=3" }, 4007],
    ["protocol malformed", { query: "protocol=x" }, 4006],
  ])(
    "a refused handshake is open, then told why, then closed, in one answer: %s",
    async (_, options, code) => {
      const stream = await new TestSession(target, options).stream();
      expect(await stream.nextLine()).toBe("o");
      expect(await stream.closed()).toMatchObject({ code, last: { event: "pusher:error", data: { code } } });
      expect(await stream.nextLine()).toBeUndefined();

      const [open, error, close] = await new TestSession(target, options).poll();
      expect(open).toBe("o");
      expect(framesOf(error)).toMatchObject([{ event: "pusher:error", data: { code } }]);
      expect(close).toStartWith(`c[${code},"`);
    },
  );

  test("a server's close comes as a line, after the frames before it", async () => {
    const session = new TestSession(target);
    const polling = await new TestSession(target).openWithPoll();
    const stream = await session.openWithStream();
    const channel = fresh("c-");
    await Promise.all([session.subscribe(channel), polling.subscribe(channel)]);
    await stream.next();
    await polling.poll();
    const user = { id: fresh("user-") };
    await target.api.trigger({ name: "before", channels: [channel], data: "1" });
    for (const each of [session, polling]) {
      const user_data = JSON.stringify(user);
      const auth = userAuth(target.app, each.socketId, user_data);
      await each.send({ event: "pusher:signin", data: { auth, user_data } });
    }
    await target.api.post(`/users/${user.id}/terminate_connections`, {});
    const { code, last } = await stream.closed();
    expect({ code, event: last?.event }).toEqual({ code: 4009, event: "pusher:error" });
    const [frames, close] = await polling.poll();
    expect(framesOf(frames).map(({ event }) => event)).toEqual([
      "before",
      "pusher:signin_success",
      "pusher:error",
    ]);
    expect(close).toStartWith("c[4009,");
    expect((await polling.send({ event: "pusher:ping" })).status).toBe(404);
  });

  test.each([
    ["", 500, "Payload expected."],
    ["{", 500, "Broken JSON encoding."],
    ["{}", 500, "Broken JSON encoding."],
    ["null", 500, "Broken JSON encoding."],
    ["[1]", 500, "Broken JSON encoding."],
    ['["{}",null]', 500, "Broken JSON encoding."],
    ['"x"', 500, "Broken JSON encoding."],
  ])("what is no array of strings is refused, and the session goes on: %s", async (body, status, text) => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const answer = await session.post("xhr_send", body);
    expect([answer.status, (await answer.text()).trim()]).toEqual([status, text]);
    await session.send({ event: "pusher:ping" });
    await stream.nextEvent("pusher:pong");
    stream.abort();
  });

  test("a frame that is no message is answered as over WebSocket, and the session goes on", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    expect((await session.post("xhr_send", '["nonsense"]')).status).toBe(204);
    expect(await stream.next()).toMatchObject({ event: "pusher:error", data: { code: null } });
    stream.abort();
  });

  test.each([140_000, 600_000])("a frame of %i bytes ends the session with 1009", async (size) => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const answer = await session.send({ event: "pusher:ping", data: "x".repeat(size) });
    expect(answer.status).toBe(413);
    expect((await stream.closed()).code).toBe(1009);
  });

  test("nobody sends on a session that they do not know", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const [server, id = ""] = session.id.split("/");
    const changed = id.startsWith("0") ? `1${id.slice(1)}` : `0${id.slice(1)}`;
    for (const other of [`${server}/${changed}`, `${(Number(server) + 1) % 1_000}/${id}`, newSessionId()]) {
      expect((await new TestSession(target, { id: other }).send({ event: "pusher:ping" })).status).toBe(404);
    }
    const ofOtherApp = new TestSession(target, { id: session.id, key: "nosuchkey" });
    expect((await ofOtherApp.send({ event: "pusher:ping" })).status).toBe(404);
    await session.send({ event: "pusher:ping" });
    await stream.nextEvent("pusher:pong");
    stream.abort();
  });

  test("no page speaks for a session that another page opened, even if it knows it", async () => {
    const session = new TestSession(target, { origin: "https://example.com" });
    const stream = await session.openWithStream();
    const { id } = session;
    for (const options of [{ id }, { id, origin: "https://evil.example" }]) {
      const other = new TestSession(target, options);
      expect((await other.send({ event: "pusher:ping" })).status).toBe(404);
      expect((await other.post("xhr_streaming")).status).toBe(404);
      expect((await other.post("xhr")).status).toBe(404);
    }
    await session.send({ event: "pusher:ping" });
    await stream.nextEvent("pusher:pong");
    stream.abort();
  });

  test("a client with 256 sends under way is sent away: one more would be lost without a word", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    const { pathname, search } = new URL(session.url("xhr_send"));
    const half = `POST ${pathname}${search} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Length: 2\r\n\r\n[`;
    const senders = Array.from({ length: 256 }, () => connect(target.port, target.host));
    for (const sender of senders) sender.write(half);
    await eventually(
      () => session.post("xhr_send", "[]"),
      ({ status }) => status === 503,
    );
    expect((await stream.closed()).code).toBe(4100);
    for (const sender of senders) sender.destroy();
  });

  test("browsers may ask from any origin, with a content type and without credentials", async () => {
    for (const action of ["xhr_streaming", "xhr", "xhr_send"]) {
      const answer = await fetch(new TestSession(target).url(action), {
        method: "OPTIONS",
        headers: {
          origin: "https://example.com",
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type",
        },
      });
      expect(answer.status).toBe(204);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "OPTIONS, POST",
        "access-control-allow-headers": "Content-Type",
        "access-control-max-age": "7200",
      });
      expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
    }
  });

  test("only POST is answered, and only at addresses that pusher-js makes", async () => {
    expect((await fetch(new TestSession(target).url("xhr"))).status).toBe(405);
    for (const id of [
      "1/short",
      "1000/abcdefgh",
      "x/abcdefgh",
      "1/abcdefgz",
      "1/abcdefghi",
      "1/ABCDEFGH",
      "/",
      "1/%61bcdefg",
    ]) {
      const answer = await new TestSession(target, { id }).post("xhr");
      expect([404, 426]).toContain(answer.status);
    }
    for (const action of ["jsonp", "eventsource", "xhr_stream", ""]) {
      expect([404, 426]).toContain((await new TestSession(target).post(action)).status);
    }
  });

  test("a connection over HTTP is shown like any other, with client, page and address", async () => {
    const session = new TestSession(target, { origin: "https://example.com" });
    const stream = await session.openWithStream();
    const local = (await Bun.file(`${target.process.dataDir}/local.json`).json()) as {
      readonly token: string;
    };
    const answer = await fetch(
      `${target.httpUrl}/admin/v1/apps/${target.app.id}/connections/${session.socketId}`,
      { headers: { authorization: `Bearer ${local.token}` } },
    );
    expect(await answer.json()).toMatchObject({
      client: "pusher-js 8.6.0",
      origin: "https://example.com",
      address: "127.0.0.1",
    });
    stream.abort();
  });

  test("nothing is left of 3,000 sessions that came and went in every way", async () => {
    await eventually(
      () => sessionsOf(target),
      ({ streaming, polling }) => streaming === 0 && polling === 0,
      15_000,
    );
    const before = await sessionsOf(target);
    const startedAtMs = performance.now();
    let left = 3_000;
    const visit = async () => {
      while (left-- > 0) await VISITS[left % VISITS.length]?.(target);
    };
    await Promise.all(Array.from({ length: 50 }, visit));
    const tookMs = performance.now() - startedAtMs;
    const after = await eventually(
      () => sessionsOf(target),
      (counts) => JSON.stringify(counts) === JSON.stringify(before),
      15_000,
    );
    expect(after).toMatchObject({ streaming: 0, polling: 0 });
    report(
      `http fallback: ${Math.round(3_000 / (tookMs / 1_000))} sessions a second came and went; ${JSON.stringify(after)}`,
    );
  });
});

/** Ways in which a client comes and goes. */
const VISITS: readonly ((target: Target) => Promise<unknown>)[] = [
  async (target) => (await new TestSession(target).openWithStream()).abort(),
  (target) => new TestSession(target).poll(),
  async (target) => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    await session.subscribe("presence-churn", { user_id: session.id });
    await stream.next();
    stream.abort();
  },
  async (target) => {
    const session = await new TestSession(target).openWithPoll();
    await session.subscribe("private-churn");
    await session.poll();
  },
  (target) => new TestSession(target, { key: "nosuchkey" }).poll(),
  async (target) => {
    const session = new TestSession(target);
    const first = await session.openWithStream();
    const second = await session.stream();
    second.abort();
    first.abort();
  },
];

describeServer(
  "a client over HTTP that does not read",
  { usher: true, env: { USHER_MAX_BUFFERED_BYTES: "65536" } },
  (target) => {
    const flood = async (channel: string) => {
      const data = "x".repeat(9_000);
      for (let n = 0; n < 60; n++) await target.api.trigger({ name: "e", channels: [channel], data });
    };

    test("that does not poll is closed with 4100, and learns it when it asks in time", async () => {
      const session = await new TestSession(target).openWithPoll();
      const channel = fresh("c-");
      await session.subscribe(channel);
      await session.poll();
      await flood(channel);
      const lines = await session.poll();
      expect(lines.at(-1)).toStartWith("c[4100,");
      const frames = framesOf(lines[0]);
      expect(frames.at(-1)).toMatchObject({ event: "pusher:error", data: { code: 4100 } });
      // What came before is there without a hole.
      expect(frames.slice(0, -1).every(({ event }) => event === "e")).toBe(true);
      expect(
        (await metricsOf(target.process)).get('usher_closes_total{app_id="3",code="slow_consumer"}'),
      ).toBe(1);
    });

    test("that does not read its stream is closed and forgotten, while others get everything", async () => {
      const channel = fresh("c-");
      const session = new TestSession(target);
      const tcp = connect(target.port, target.host);
      const { pathname, search } = new URL(session.url("xhr_streaming"));
      const greeting = Promise.withResolvers<string>();
      let text = "";
      tcp.on("data", (chunk) => {
        text += chunk.toString();
        if (!text.includes("activity_timeout")) return;
        tcp.pause();
        greeting.resolve(text);
      });
      tcp.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Length: 0\r\n\r\n`);
      await greeting.promise;
      await session.subscribe(channel);
      const reading = new TestSession(target);
      let stream = await reading.openWithStream();
      await reading.subscribe(channel);
      await stream.next();
      const flooded = flood(channel);
      for (let n = 0; n < 60; n++) {
        expect((await stream.next()).event).toBe("e");
        if (!stream.isUsedUp) continue;
        stream.abort();
        stream = await reading.stream();
      }
      await flooded;
      stream.abort();
      await eventually(
        () => sessionsOf(target),
        ({ streaming, polling, connections }) => streaming === 0 && polling === 0 && connections === 0,
        15_000,
      );
      tcp.destroy();
    });
  },
);

describeServer("activity over HTTP", { usher: true, settings: { activity_timeout: 1 } }, (target) => {
  test.concurrent("a silent stream is asked for a sign of life, and closed with 4201 when none comes", async () => {
    const session = new TestSession(target);
    const stream = await session.openWithStream();
    for (let round = 0; round < 2; round++) {
      expect(await stream.nextLine()).toBe("h");
      await session.post("xhr_send", "[]");
      expect(await stream.nextLine()).toBe("a[]");
    }
    expect(await stream.nextLine()).toBe("h");
    expect(await stream.closed()).toMatchObject({ code: 4201, last: { event: "pusher:error" } });
  });

  test.concurrent("a client that polls shows with each poll that it is there", async () => {
    const session = await new TestSession(target).openWithPoll();
    for (let round = 0; round < 3; round++) expect(await session.poll()).toEqual(["h"]);
  });
});

describeServer(
  "allowed origins over HTTP",
  { usher: true, settings: { allowed_origins: ["https://example.com"] } },
  (target) => {
    test("hold, and the page may read that it was refused", async () => {
      (await new TestSession(target, { origin: "https://example.com" }).openWithStream()).abort();
      (await new TestSession(target).openWithStream()).abort();
      const refused = await new TestSession(target, { origin: "https://evil.example" }).stream();
      expect((await refused.closed()).code).toBe(4009);
      expect(refused.response.headers.get("access-control-allow-origin")).toBe("*");
    });
  },
);

describeServer(
  "TLS over HTTP behind a trusted proxy",
  {
    usher: true,
    settings: { force_tls: true },
    env: { USHER_TRUST_PROXY: "1", USHER_PATH_PREFIX: "/realtime" },
  },
  (target) => {
    test("is what the proxy says, and the path prefix comes first", async () => {
      const httpPath = "/realtime/pusher";
      const headers = { "x-forwarded-proto": "https" };
      (await new TestSession(target, { httpPath, headers }).openWithStream()).abort();
      (await new TestSession(target, { httpPath: "/realtime", headers }).openWithStream()).abort();
      expect((await (await new TestSession(target, { httpPath }).stream()).closed()).code).toBe(4000);
      expect((await new TestSession(target, { headers }).post("xhr")).status).toBe(404);
    });
  },
);

describeServer(
  "a connection quota over HTTP",
  { usher: true, settings: { connection_quota: 1 } },
  (target) => {
    test("counts sessions", async () => {
      const stream = await new TestSession(target).openWithStream();
      expect((await (await new TestSession(target).stream()).closed()).code).toBe(4004);
      stream.abort();
    });
  },
);

describeServer("a server that stops, over HTTP", { usher: true }, (target) => {
  test("sends away clients that stream and clients that wait for an answer to a poll", async () => {
    const stream = await new TestSession(target).openWithStream();
    const polling = await new TestSession(target).openWithPoll();
    const waiting = polling.poll();
    // Answered after the poll has come in.
    await polling.send({ event: "pusher:pong" });
    target.process.signal("SIGTERM");
    expect((await stream.closed()).code).toBe(4200);
    expect((await waiting).at(-1)).toStartWith("c[4200,");
    expect(await target.process.exited).toBe(0);
  });
});

describeServer(
  "HTTP transports that are off",
  { usher: true, env: { USHER_HTTP_FALLBACK: "off" } },
  (target) => {
    test("are not there, and nothing is counted for them", async () => {
      for (const httpPath of ["/pusher", ""]) {
        const session = new TestSession(target, { httpPath });
        for (const action of ["xhr_streaming", "xhr", "xhr_send"]) {
          expect([404, 426]).toContain((await session.post(action)).status);
        }
      }
      expect(
        [...(await metricsOf(target.process)).keys()].filter((name) => name.includes("http_sessions")),
      ).toEqual([]);
      await target.connect();
    });
  },
);
