import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { expressServers } from "../testing/servers/express.ts";
import { fastifyServers } from "../testing/servers/fastify.ts";
import { koaServers } from "../testing/servers/koa.ts";
import type { FrameworkServer, Running } from "../testing/servers/running.ts";

/** What is around the endpoint stays as it was. */
function describeNeighbours(all: readonly FrameworkServer[], body: (url: () => string) => void): void {
  const [framework] = all;
  describe(framework?.name ?? "", () => {
    let server: Running | undefined;
    beforeAll(async () => {
      server = await framework?.start();
    });
    afterAll(() => server?.stop());
    body(() => server?.url ?? "");
  });
}

function send(url: string, contentType: string, body: string): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": contentType, "x-user": "10" }, body });
}

describeNeighbours(fastifyServers, (url) => {
  test("routes outside of the plugin keep their body parsers", async () => {
    const form = await send(`${url()}/other`, "application/x-www-form-urlencoded", "a=b");
    expect(form.status).toBe(415);
    const json = await send(`${url()}/other`, "application/json", '{"a":"b"}');
    expect(await json.json()).toEqual({ body: { a: "b" } });
  });
});

describeNeighbours(koaServers, (url) => {
  test("other paths go on to the next middleware", async () => {
    expect(await (await fetch(`${url()}/elsewhere`)).text()).toBe("elsewhere");
  });
});

describeNeighbours(expressServers, (url) => {
  test("what earlier middleware has added to Vary is kept", async () => {
    const form = "socket_id=1.2&channel_name=private-foobar";
    const response = await send(`${url()}/pusher/auth`, "application/x-www-form-urlencoded", form);
    expect(response.headers.get("vary")).toBe("Accept-Encoding, Origin");
  });
});
