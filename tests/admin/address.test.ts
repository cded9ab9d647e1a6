import { expect, setDefaultTimeout, test } from "bun:test";
import { Admin } from "../support/admin.ts";
import { type StartServerOptions, startServer } from "../support/server.ts";

setDefaultTimeout(30_000);

/** What a server says of itself, and the port that clients connect to. */
async function addressOf(options: StartServerOptions) {
  const server = await startServer(options);
  const address = await new Admin(() => server).done("GET", "/address");
  await server.stop();
  return { address, port: server.port };
}

test("clients connect where operators do, unless it is configured otherwise", async () => {
  const { address, port } = await addressOf({});
  expect(address).toEqual({ public_url: null, port, is_admin_port: true });
});

test("a configured address is an origin, and operators may have a port of their own", async () => {
  const env = { USHER_ADMIN: "ops", USHER_PUBLIC_URL: "https://realtime.example.com/" };
  const { address, port } = await addressOf({ env });
  expect(address).toEqual({ public_url: "https://realtime.example.com", port, is_admin_port: false });
});
