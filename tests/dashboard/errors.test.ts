import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import type { Clients } from "../clients/clients.ts";
import { type Attended, attendedVisit } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS, type Visit } from "./visit.ts";

/** A server writes its figures every 10 s. */
const NEXT_FIGURES = { timeout: 30_000 };

describe.skipIf(browserPath === undefined)("the errors of an app", () => {
  let attended: Attended;
  let visit: Visit;
  let clients: Clients;

  beforeAll(async () => {
    attended = await attendedVisit({ settings: { allowed_origins: ["https://shop.example"] } });
    ({ visit, clients } = attended);
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  test(
    "say that there are none, and where they would show",
    async () => {
      const page = await visit.open(`/apps/${visit.server.appId}/errors?range=15m`);
      await page.getByText("Nothing went wrong in the last 15 minutes").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("errors-empty");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "are grouped by what is wrong, with what to do and a sample",
    async () => {
      const { page, server } = visit;
      const client = await clients.connect(NodePusher);
      for (const name of ["private-missigned-1", "private-missigned-2"]) {
        const channel = client.subscribe(name);
        await new Promise((resolve) => channel.bind("pusher:subscription_error", resolve));
      }
      const sdk = clients.sdk({ secret: "not the secret" });
      await expect(sdk.trigger("room", "said", {})).rejects.toThrow();
      // A page of another origin is not let in.
      const closed = await page.evaluate(
        ({ host, port, key }) =>
          new Promise<number>((resolve) => {
            const socket = new WebSocket(`ws://${host}:${port}/app/${key}?protocol=7`);
            socket.onclose = ({ code }) => resolve(code);
          }),
        { host: server.host, port: server.port, key: server.key },
      );
      expect(closed).toBe(4009);

      const subscriptions = group("subscription refused");
      await subscriptions.getByText("2", { exact: true }).waitFor(NEXT_FIGURES);
      await subscriptions.getByRole("heading", { name: "signature_mismatch" }).waitFor();
      await group("API request refused: events").waitFor();
      await group("connection refused").getByRole("heading", { name: "origin_refused" }).waitFor();
      await subscriptions.getByText("The last one").click();
      await subscriptions.getByText("private-missigned-2", { exact: true }).waitFor();
      const doctor = await subscriptions
        .getByRole("link", { name: "Open in the auth doctor" })
        .getAttribute("href");
      expect(doctor).toContain(`/dashboard/apps/${server.appId}/doctor?code=signature_mismatch&refusal=`);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("errors");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "are found by a part of their names",
    async () => {
      const { page } = visit;
      await page.keyboard.press("/");
      await page.keyboard.type("origin");
      await page.getByText("1 in 1 group").waitFor();
      expect(await page.locator("main li[data-row]").count()).toBe(1);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });

  function group(operation: string) {
    return visit.page.locator("main li[data-row]").filter({ hasText: operation });
  }
});
