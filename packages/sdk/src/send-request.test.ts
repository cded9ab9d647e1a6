import { afterEach, describe, expect, test } from "bun:test";
import type { UsherOptions } from "./options.ts";
import { RequestError } from "./request-error.ts";
import { type AnsweringServer, type SeenRequest, startAnsweringServer } from "./testing/answering-server.ts";
import { Usher } from "./usher.ts";

const APP = { appId: "3", key: "app-key", secret: "app-secret", host: "127.0.0.1" } as const;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function serve(
  answer?: (count: number, request: SeenRequest) => Response | Promise<Response>,
): AnsweringServer {
  const server = startAnsweringServer(answer);
  stops.push(server.stop);
  return server;
}

/** An app on that server, and how long it waited between attempts. */
function appOn(port: number, options: Partial<UsherOptions> = {}): { usher: Usher; waits: number[] } {
  const waits: number[] = [];
  const delay = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { usher: new Usher({ ...APP, port, delay, random: () => 0, ...options }), waits };
}

function refusal(status: number, headers: Record<string, string> = {}, body = "no"): Response {
  return new Response(body, { status, headers });
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = startAnsweringServer();
  await server.stop();
  return server.port;
}

async function failureOf(request: Promise<unknown>): Promise<RequestError> {
  const error = await request.then(
    () => new Error("the request succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RequestError);
  return error as RequestError;
}

describe("an event", () => {
  test("is sent again when nobody was listening, as it cannot have been delivered", async () => {
    const { usher, waits } = appOn(await closedPort());
    const failure = await failureOf(usher.trigger("c", "e", {}));
    expect(failure).toMatchObject({ attempts: 3, mayHaveBeenDelivered: false, status: undefined });
    expect(waits).toEqual([100, 200]);
  });

  test("arrives when the server comes up between the attempts", async () => {
    const port = await closedPort();
    const seen: string[] = [];
    const delay = async (): Promise<void> => {
      const server = Bun.serve({
        hostname: "127.0.0.1",
        port,
        fetch: async (request) => {
          seen.push(await request.text());
          return Response.json({});
        },
      });
      stops.push(() => server.stop(true));
    };
    const { usher } = appOn(port, { delay });
    expect((await usher.trigger("c", "e", {})).status).toBe(200);
    expect(seen).toEqual(['{"name":"e","data":"{}","channels":["c"]}']);
  });

  test("is not sent again when the server may have taken it: it would be delivered twice", async () => {
    for (const status of [500, 502, 503, 504]) {
      const server = serve(() => refusal(status));
      const { usher } = appOn(server.port);
      const failure = await failureOf(usher.trigger("c", "e", {}));
      expect(failure).toMatchObject({ status, attempts: 1, mayHaveBeenDelivered: true });
      expect(server.seen).toHaveLength(1);
    }
  });

  test("is not sent again when the connection ends before the answer", async () => {
    let received = 0;
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          received++;
          socket.terminate();
        },
      },
    });
    stops.push(async () => server.stop(true));
    const { usher } = appOn(server.port);
    const failure = await failureOf(usher.triggerBatch([{ channel: "c", name: "e", data: {} }]));
    expect(failure).toMatchObject({ attempts: 1, mayHaveBeenDelivered: true });
    expect(received).toBe(1);
  });

  test("is sent again after a 429 or 503 that says when", async () => {
    for (const status of [429, 503]) {
      const server = serve((count) =>
        count < 3 ? refusal(status, { "retry-after": "2" }) : Response.json({}),
      );
      const { usher, waits } = appOn(server.port);
      expect((await usher.trigger("c", "e", {})).status).toBe(200);
      expect(waits).toEqual([2_000, 2_000]);
      expect(server.seen.map(({ body }) => body)).toEqual(new Array(3).fill(server.seen[0]?.body));
    }
  });

  test("is sent again while an Usher server restarts", async () => {
    const draining = "The server is restarting\nhttp_draining: Send the request again.\n";
    const server = serve((count) => (count === 1 ? refusal(503, {}, draining) : Response.json({})));
    const { usher, waits } = appOn(server.port);
    expect((await usher.sendToUser("7", "e", {})).status).toBe(200);
    expect(waits).toEqual([100]);
  });

  test("is sent again after anything that passes when at-least-once was asked for", async () => {
    const server = serve((count) => (count < 3 ? refusal(502) : Response.json({})));
    const { usher } = appOn(server.port, { retry: { delivery: "at-least-once" } });
    expect((await usher.trigger("c", "e", {})).status).toBe(200);
    expect(server.seen).toHaveLength(3);
  });

  test("is not sent again when the server wants more patience than allowed", async () => {
    const server = serve(() => refusal(503, { "retry-after": "60" }));
    const { usher, waits } = appOn(server.port);
    const failure = await failureOf(usher.trigger("c", "e", {}));
    expect(failure).toMatchObject({ attempts: 1, retryAfterMs: 60_000 });
    expect(waits).toEqual([]);
  });
});

describe("a question", () => {
  test("is asked again whatever went wrong on the way", async () => {
    const server = serve((count) =>
      count < 3 ? refusal([502, 503][count - 1] ?? 0) : Response.json({ count }),
    );
    const { usher, waits } = appOn(server.port);
    const response = await usher.get({ path: "/channels" });
    expect(await response.json()).toEqual({ count: 3 });
    expect(waits).toEqual([100, 200]);
  });

  test("is signed anew each time, as a signature grows old", async () => {
    const server = serve((count) => (count < 3 ? refusal(503) : Response.json({})));
    let nowMs = 1_000_000_000_000;
    const { usher } = appOn(server.port, {
      now: () => {
        nowMs += 1_000;
        return nowMs;
      },
    });
    await usher.get({ path: "/channels" });
    const queries = server.seen.map(({ target }) => new URL(target, server.url).searchParams);
    expect(new Set(queries.map((query) => query.get("auth_timestamp"))).size).toBe(3);
    expect(new Set(queries.map((query) => query.get("auth_signature"))).size).toBe(3);
  });

  test("is not asked again when it was refused", async () => {
    for (const status of [400, 401, 403, 404, 413, 500]) {
      const server = serve(() => refusal(status));
      const { usher } = appOn(server.port);
      expect(await failureOf(usher.get({ path: "/channels" }))).toMatchObject({ status, attempts: 1 });
      expect(server.seen).toHaveLength(1);
    }
  });

  test("is asked once when retries are off, and as often as allowed otherwise", async () => {
    for (const [retry, times] of [
      [false, 1],
      [{ maxAttempts: 5 }, 5],
    ] as const) {
      const server = serve(() => refusal(503));
      const { usher } = appOn(server.port, { retry });
      expect(await failureOf(usher.get({ path: "/channels" }))).toMatchObject({ attempts: times });
      expect(server.seen).toHaveLength(times);
    }
  });
});

describe("a server that hangs", () => {
  test("before its answer: the attempt ends at the time limit, and an event is not sent again", async () => {
    const server = serve(() => new Promise(() => {}));
    const { usher } = appOn(server.port, { timeout: 30 });
    const failure = await failureOf(usher.trigger("c", "e", {}));
    expect(failure).toMatchObject({ attempts: 1, mayHaveBeenDelivered: true });
    expect(failure.message).toBe("Request failed with an error: no answer within 30 ms");
    expect(failure.error).toMatchObject({ name: "TimeoutError" });
  });

  test("in the middle of its answer: the limit holds too, and a question is asked again", async () => {
    const half = (): Response => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
      });
      return new Response(body);
    };
    const server = serve((count) => (count === 1 ? half() : Response.json({})));
    const { usher } = appOn(server.port, { timeout: 200 });
    expect(await (await usher.get({ path: "/channels" })).json()).toEqual({});
    expect(server.seen).toHaveLength(2);
  });

  test("is waited for without end when there is no limit", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    const server = serve(() => {
      asked.resolve();
      return answer.promise;
    });
    const { usher } = appOn(server.port, { timeout: 0 });
    const request = usher.get({ path: "/channels" });
    await asked.promise;
    answer.resolve(Response.json({}));
    expect((await request).status).toBe(200);
  });
});

describe("a signal", () => {
  test("ends a request that waits for its answer", async () => {
    const asked = Promise.withResolvers<void>();
    const server = serve(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    const { usher } = appOn(server.port);
    for (const call of [
      (signal: AbortSignal) => usher.get({ path: "/channels", signal }),
      (signal: AbortSignal) => usher.trigger("c", "e", {}, { signal }),
      (signal: AbortSignal) => usher.triggerBatch([], { signal }),
      (signal: AbortSignal) => usher.sendToUser("7", "e", {}, { signal }),
      (signal: AbortSignal) => usher.terminateUserConnections("7", { signal }),
    ]) {
      const controller = new AbortController();
      const request = call(controller.signal);
      await asked.promise;
      const reason = new Error("enough");
      controller.abort(reason);
      await expect(request).rejects.toBe(reason);
    }
  });

  test("is not sent along as a parameter", async () => {
    const server = serve();
    const { usher } = appOn(server.port);
    await usher.trigger("c", "e", {}, { signal: new AbortController().signal, info: "user_count" });
    expect(server.seen[0]?.body).toBe('{"name":"e","data":"{}","channels":["c"],"info":"user_count"}');
  });

  test("ends the wait between attempts, with nothing left behind", async () => {
    const server = serve(() => refusal(503));
    const controller = new AbortController();
    const answered = Promise.withResolvers<void>();
    const usher = new Usher({
      ...APP,
      port: server.port,
      retry: { baseDelayMs: 600_000, maxDelayMs: 600_000 },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        answered.resolve();
        return response;
      },
    });
    const request = usher.get({ path: "/channels", signal: controller.signal });
    await answered.promise;
    controller.abort();
    await expect(request).rejects.toMatchObject({ name: "AbortError" });
    const aborted = AbortSignal.abort();
    await expect(usher.get({ path: "/channels", signal: aborted })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe("what is asked for", () => {
  test("a redirect is reported, not followed: the signature would not fit there", async () => {
    const target = serve();
    const server = serve(() => refusal(301, { location: `${target.url}/apps/3/events` }));
    const failure = await failureOf(appOn(server.port).usher.trigger("c", "e", {}));
    expect(failure).toMatchObject({ status: 301, mayHaveBeenDelivered: false });
    expect(failure.message).toContain(`redirected to ${target.url}/apps/3/events`);
    expect(target.seen).toHaveLength(0);
  });

  test("a path prefix is part of what is asked for and signed", async () => {
    const server = serve();
    const { usher } = appOn(server.port, { pathPrefix: "/realtime" });
    await usher.get({ path: "/channels" });
    expect(server.seen[0]?.target).toStartWith("/realtime/apps/3/channels?");
  });

  test("a user id is one segment of the path, whatever is in it", async () => {
    const server = serve();
    const { usher } = appOn(server.port);
    await usher.terminateUserConnections("a/../b?c#d e");
    expect(server.seen[0]?.target).toStartWith("/apps/3/users/a%2F..%2Fb%3Fc%23d%20e/terminate_connections?");
    for (const id of [".", ".."]) {
      await expect(usher.terminateUserConnections(id)).rejects.toMatchObject({ code: "request_invalid" });
    }
    expect(server.seen).toHaveLength(1);
  });

  test("a path cannot leave the app or bring its own query", async () => {
    const server = serve();
    const { usher } = appOn(server.port);
    for (const path of [
      "channels",
      "",
      "/../4/channels",
      "/x/%2e%2e/%2e%2e/4",
      "/channels?info=x",
      "/channels#x",
      "/..",
    ]) {
      await expect(usher.get({ path })).rejects.toMatchObject({ code: "request_invalid" });
    }
    expect(server.seen).toHaveLength(0);
  });

  test("parameters of an event cannot replace the event", async () => {
    const { usher } = appOn(1);
    for (const name of ["name", "data", "channels", "channel"]) {
      await expect(usher.trigger("c", "e", {}, { [name]: "x" })).rejects.toThrow(
        `params cannot replace '${name}'`,
      );
    }
  });

  test("data that JSON cannot hold is refused before anything is sent", async () => {
    const { usher } = appOn(1);
    for (const data of [undefined, () => {}, Symbol("x")]) {
      await expect(usher.trigger("c", "e", data)).rejects.toMatchObject({ code: "event_data_invalid" });
    }
    await expect(usher.trigger([] as string[], "e", {})).rejects.toMatchObject({
      code: "channel_name_invalid",
    });
    await expect(usher.trigger("c", "", {})).rejects.toMatchObject({ code: "event_name_invalid" });
    await expect(usher.triggerBatch({} as never)).rejects.toMatchObject({ code: "request_invalid" });
  });
});

describe("an encrypted channel", () => {
  const encryptionMasterKeyBase64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  test("needs the encrypted entry point, and says so", async () => {
    const { usher } = appOn(1, { encryptionMasterKeyBase64 });
    const triggering = usher.trigger("private-encrypted-a", "e", {});
    await expect(triggering).rejects.toMatchObject({ code: "encryption_unavailable" });
    await expect(triggering).rejects.toThrow("@usher/sdk/encrypted");
  });

  test("needs a master key, and says so", async () => {
    const { usher } = appOn(1);
    await expect(usher.trigger("private-encrypted-a", "e", {})).rejects.toThrow(
      "Set encryptionMasterKeyBase64",
    );
    await expect(usher.authorizeChannel("1.1", "private-encrypted-a")).rejects.toThrow(
      "Cannot generate shared_secret",
    );
    await expect(usher.channelSharedSecret("private-encrypted-a")).rejects.toThrow(
      "Set encryptionMasterKeyBase64",
    );
  });

  test("is authorized without it", async () => {
    const { usher } = appOn(1, { encryptionMasterKeyBase64 });
    expect(await usher.authorizeChannel("1234.1234", "private-encrypted-foobar")).toMatchObject({
      shared_secret: "g3Au6SZ+UCU+IMfFsFva0rq+Gi4tzSHR6WCcWZbS9sY=",
    });
  });
});
