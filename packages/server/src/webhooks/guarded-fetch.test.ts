import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GuardedFetchOptions, guardedFetch } from "./guarded-fetch.ts";

const CERTIFICATES = join(import.meta.dir, "testing/certificates");
const AUTHORITY = readFileSync(join(CERTIFICATES, "hook.test.pem"), "utf8");

interface Seen {
  readonly host: string | null;
  readonly body: string;
  readonly headers: Headers;
}

let answer: (request: Request) => Response | Promise<Response>;
let seen: Seen[] = [];
let plain: Bun.Server<undefined>;
let secure: Bun.Server<undefined>;

const fetchHandler = async (request: Request) => {
  seen.push({ host: request.headers.get("host"), body: await request.text(), headers: request.headers });
  return answer(request);
};

beforeAll(() => {
  plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: fetchHandler });
  secure = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: readFileSync(join(CERTIFICATES, "hook.test.key"), "utf8"), cert: AUTHORITY },
    fetch: fetchHandler,
  });
});

afterAll(async () => {
  await plain.stop(true);
  await secure.stop(true);
});

afterEach(() => {
  seen = [];
  answer = () => new Response("taken");
});

answer = () => new Response("taken");

/** Resolves every name to the next of these addresses, the last one for ever. */
function post(
  url: string,
  answers: readonly (readonly string[])[],
  options: Partial<GuardedFetchOptions> = {},
) {
  let asked = 0;
  const resolve = async () => answers[Math.min(asked++, answers.length - 1)] ?? [];
  const fetch = guardedFetch({ allowPrivate: true, timeoutMs: 2_000, resolve, ca: AUTHORITY, ...options });
  return fetch({ url, headers: { "X-Own": "1" }, body: "body" });
}

describe("an address that is not public", () => {
  test.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fd00:ec2::254]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
  ])("is not asked: %s", async (url) => {
    const resolve = async () => ["127.0.0.1"];
    const result = await post(url, [], { allowPrivate: false, resolve });
    expect(result).toMatchObject({ status: null, error: "address_forbidden" });
    expect(seen).toEqual([]);
  });

  test("is not asked when a public name resolves to it", async () => {
    const result = await post(`http://hook.test:${plain.port}/`, [["10.1.2.3", "127.0.0.1"]], {
      allowPrivate: false,
    });
    expect(result.error).toBe("address_forbidden");
    expect(seen).toEqual([]);
  });

  test("is not asked by way of a redirect, which is a failure of its own", async () => {
    answer = () => Response.redirect(`http://127.0.0.1:${plain.port}/inside`, 302);
    expect(await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]])).toMatchObject({
      status: 302,
      error: "redirected",
    });
    expect(seen).toHaveLength(1);
  });
});

describe("a name whose answer changes", () => {
  test("is asked for once in a request, and the address that was checked is the one that is reached", async () => {
    let asked = 0;
    // The first answer is what is checked. Whoever resolves again gets an address where nobody listens.
    const resolve = async () => (++asked === 1 ? ["127.0.0.1"] : ["127.0.0.2"]);
    const result = await post(`https://hook.test:${secure.port}/x`, [], { resolve });
    expect(result).toEqual({ status: 200, error: null, response: "taken" });
    expect(asked).toBe(1);
    expect(seen[0]?.host).toBe(`hook.test:${secure.port}`);
  });

  test("is checked again for the next request", async () => {
    const fetch = guardedFetch({
      allowPrivate: false,
      timeoutMs: 2_000,
      resolve: async () => ["10.0.0.1"],
    });
    const result = await fetch({ url: `http://hook.test:${plain.port}/`, headers: {}, body: "" });
    expect(result.error).toBe("address_forbidden");
  });
});

describe("a certificate", () => {
  test("counts for the name in the address, although the connection goes to a number", async () => {
    expect(await post(`https://hook.test:${secure.port}/`, [["127.0.0.1"]])).toMatchObject({ status: 200 });
  });

  test("of another name is refused, also after one that was right", async () => {
    await post(`https://hook.test:${secure.port}/`, [["127.0.0.1"]]);
    const result = await post(`https://other.test:${secure.port}/`, [["127.0.0.1"]]);
    expect(result).toMatchObject({ status: null, error: "tls_failed" });
    expect(seen).toHaveLength(1);
  });

  test("of an authority that nobody knows is refused", async () => {
    const fetch = guardedFetch({
      allowPrivate: true,
      timeoutMs: 2_000,
      resolve: async () => ["127.0.0.1"],
    });
    const result = await fetch({ url: `https://hook.test:${secure.port}/`, headers: {}, body: "" });
    expect(result.error).toBe("tls_failed");
  });
});

describe("an answer", () => {
  test.each([200, 201, 202, 204, 299])("of %i counts as taken", async (status) => {
    answer = () => new Response(null, { status });
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]]);
    expect(result).toEqual({ status, error: null, response: "" });
  });

  test.each([400, 401, 404, 410, 429, 500, 503])("of %i does not", async (status) => {
    answer = () => new Response("why", { status });
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]]);
    expect(result).toEqual({ status, error: "status", response: "why" });
  });

  test("is read for its first kilobyte, however long it goes on", async () => {
    const chunk = new Uint8Array(500).fill(65);
    answer = () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(chunk);
            await Bun.sleep(1);
          },
        }),
      );
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]]);
    expect(result.status).toBe(200);
    expect(result.response).toHaveLength(1_024);
  });

  test("that is compressed is not unpacked", async () => {
    const bomb = Bun.gzipSync(new Uint8Array(10_000_000));
    answer = () => new Response(bomb, { headers: { "content-encoding": "gzip" } });
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]]);
    expect(result.status).toBe(200);
    expect(result.response?.length ?? 0).toBeLessThanOrEqual(1_024);
    expect(seen[0]?.headers.get("accept-encoding")).toBe("identity");
  });

  test("that stops half-way counts by its status", async () => {
    answer = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("half"));
          },
        }),
      );
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]], { timeoutMs: 300 });
    expect(result).toEqual({ status: 200, error: null, response: "half" });
  });

  test("that does not come in time is a failure", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    answer = () => promise;
    const result = await post(`http://hook.test:${plain.port}/`, [["127.0.0.1"]], { timeoutMs: 200 });
    expect(result).toMatchObject({ status: null, error: "timeout" });
    resolve(new Response());
  });
});

describe("what never gets that far", () => {
  test("a resolver that does not answer", async () => {
    const result = await post("http://hook.test/", [], {
      timeoutMs: 100,
      resolve: () => new Promise(() => {}),
    });
    expect(result.error).toBe("timeout");
  });

  test("a name that nobody knows", async () => {
    const resolve = () => Promise.reject(new Error("ENOTFOUND"));
    const result = await post("http://hook.test/", [], { resolve });
    expect(result).toMatchObject({ status: null, error: "host_not_found" });
  });

  test("a port where nobody listens", async () => {
    const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { port } = gone;
    await gone.stop(true);
    expect((await post(`http://hook.test:${port}/`, [["127.0.0.1"]])).error).toBe("connection_failed");
  });

  test.each(["ftp://example.com/", "file:///etc/passwd", "http://user:password@example.com/", "nonsense"])(
    "%s",
    async (url) => {
      expect((await post(url, [["127.0.0.1"]])).error).toBe("url_invalid");
    },
  );
});
