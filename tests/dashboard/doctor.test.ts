import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import NodePusher from "pusher-js";
import { remedyFor } from "../../packages/dashboard/src/screens/doctor/remedies.ts";
import { signedParts } from "../../packages/dashboard/src/screens/doctor/signed-parts.ts";
import { CAUSES } from "../../packages/protocol/src/explain/causes.ts";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventOf } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

const SOCKET_ID = "1234.5678";
const FULL_SIGNATURE = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/;

/** Causes that no code mends. */
const BEYOND_CODE = [
  "clock_skew",
  "body_lost",
  "path_prefix_changed",
  "shared_secret_missing",
  "shared_secret_malformed",
  "signature_valid",
];

describe("what the doctor advises", () => {
  test("every cause that code mends has the part of a program that does it right", () => {
    const without = Object.keys(CAUSES).filter((cause) => remedyFor(cause, "channel", null) === undefined);
    expect(without.sort()).toEqual([...BEYOND_CODE].sort());
  });

  test("a text to sign is taken apart into what it is made of", () => {
    const names = (text: string, kind: "channel" | "user" | "request") =>
      signedParts(text, kind).flatMap(({ name }) => name ?? []);
    const data = '{"user_id":"1","user_info":{"a":"b:c"}}';
    expect(names("1.2:private-a", "channel")).toEqual(["socket id", "channel"]);
    expect(signedParts(`1.2:presence-a:${data}`, "channel").at(-1)).toEqual({
      text: data,
      name: "channel_data",
    });
    expect(names('1.2::user::{"id":"1"}', "user")).toEqual(["socket id", "user_data"]);
    expect(names("POST\n/apps/3/events\na=b", "request")).toEqual(["method", "path", "query"]);
    for (const text of [`1.2:presence-a:${data}`, "1.2", ""]) {
      expect(
        signedParts(text, "channel")
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    }
  });
});

describe.skipIf(browserPath === undefined)("the auth doctor", () => {
  let visit: Visit;
  let wrong: AuthEndpoint;
  let clients: Clients;
  let other: { readonly app: { readonly id: string }; readonly credentials: { readonly secret: string } };

  beforeAll(async () => {
    // The endpoint of these tests is on loopback.
    visit = await Visit.asOwner({ env: { USHER_WEBHOOK_ALLOW_PRIVATE: "true" } });
    const { appId: id, key, secret } = visit.server;
    other = await new Admin(() => visit.server).done("POST", "/apps", { name: "Staging" });
    wrong = startAuthEndpoint({ id, key, secret: other.credentials.secret });
    clients = new Clients(
      { id, key, secret },
      () => visit.server,
      () => wrong,
    );
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    clients.end();
    await wrong.stop();
    await visit.end();
  }, VISIT_TIMEOUT_MS);

  const open = (rest = "") => visit.open(`/apps/${visit.server.appId}/doctor${rest}`);
  const sign = (text: string, secret = visit.server.secret) =>
    `${visit.server.key}:${createHmac("sha256", secret).update(text).digest("hex")}`;

  /** No secret, and no signature in full, anywhere in the page but in what the person typed. */
  async function expectNoSecrets(): Promise<void> {
    const html = await visit.page.locator("main").innerHTML();
    const shown = html.replace(/<textarea[\s\S]*?<\/textarea>/g, "");
    expect(shown).not.toContain(visit.server.secret);
    expect(shown).not.toContain(other.credentials.secret);
    expect(shown).not.toMatch(FULL_SIGNATURE);
  }

  test(
    "says so when nothing was refused",
    async () => {
      const page = await open();
      await page.getByText("Nothing was refused").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("doctor-empty");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a refusal that pusher-js met with a wrong secret is explained by a click in the console",
    async () => {
      const { appId } = visit.server;
      const page = await visit.open(`/apps/${appId}/console`);
      const client = await clients.connect(NodePusher);
      await eventOf(client.subscribe("private-room"), "pusher:subscription_error");
      await page.getByText("secret_of_another_app").first().click();
      await page.getByRole("link", { name: "Why was this refused?" }).click();

      const answer = page.getByRole("heading", { level: 2, name: /made with a secret of app/ });
      await answer.waitFor();
      expect(await answer.textContent()).toContain(other.app.id);
      expect(page.url()).toContain("refusal=");
      const failed = page.locator("li[data-state=failed]");
      expect(await failed.textContent()).toContain("made with the key's secret");
      expect(await page.locator("li[data-state=passed]").count()).toBe(3);
      expect(await page.locator("mark[data-part=channel]").first().textContent()).toBe("private-room");
      await page.getByTitle("Its fingerprint").waitFor();
      await expectNoSecrets();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("doctor-refusal");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the code that does it right is in the language that was chosen last",
    async () => {
      const { page } = visit;
      await page.getByRole("tab", { name: "Python" }).click();
      await page.getByText('secret=os.environ["USHER_APP_SECRET"]').waitFor();
      await page.reload();
      await page.getByText('secret=os.environ["USHER_APP_SECRET"]').waitFor();
      await page.getByRole("tab", { name: "Go" }).click();
      await page.getByText('os.Getenv("USHER_APP_SECRET")').waitFor();
      await page.getByRole("tab", { name: "Node" }).click();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "refusals for the same reason are one line, and a new one comes by itself",
    async () => {
      const page = await open();
      const client = await clients.connect(NodePusher);
      await eventOf(client.subscribe("private-a"), "pusher:subscription_error");
      await expect(clients.sdk({ secret: "nobody's" }).trigger("room", "said", {})).rejects.toThrow();
      const groups = page.getByRole("list", { name: "Refusals by reason" }).getByRole("button");
      await groups.nth(1).waitFor();
      const sameReason = groups.filter({ hasText: "secret_of_another_app" });
      await page.keyboard.press("k");
      expect(await sameReason.evaluate((button) => button === document.activeElement)).toBe(true);
      await page.keyboard.press("Enter");
      await page.getByLabel(/with this reason/).waitFor();
      await visit.picture("doctor-groups");
      await open("?code=signature_mismatch");
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await open("?refusal=no-such-refusal");
      await page.getByText("is not kept any more").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a pasted log of pusher-js is explained",
    async () => {
      const page = await open("?way=paste");
      const established = JSON.stringify({
        event: "pusher:connection_established",
        data: JSON.stringify({ socket_id: SOCKET_ID, activity_timeout: 120 }),
      });
      const data = '{"user_id":"10","user_info":{"name":"Ada"}}';
      const subscribe = JSON.stringify({
        event: "pusher:subscribe",
        data: { channel: "presence-room", auth: sign(`${SOCKET_ID}:presence-room`), channel_data: data },
      });
      await page
        .getByLabel("Frame, log, answer, curl command or address")
        .fill(`Pusher :  : ["Event recd",${established}]\nPusher :  : ["Event sent",${subscribe}]`);
      await page.getByRole("button", { name: "Explain" }).click();
      await page.getByRole("heading", { level: 2, name: "The signature leaves out channel_data." }).waitFor();
      expect(await page.locator("mark[data-part=channel_data]").first().textContent()).toBe(data);
      await page.getByRole("heading", { name: "A presence channel, signed right" }).waitFor();
      await expectNoSecrets();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("doctor-paste");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what a paste does not tell is asked for",
    async () => {
      const page = await open("?way=paste");
      const text = page.getByLabel("Frame, log, answer, curl command or address");
      await text.fill(JSON.stringify({ auth: sign(`${SOCKET_ID}:private-room`).toUpperCase() }));
      await page.getByRole("button", { name: "Explain" }).click();
      await page.getByRole("alert").getByText("What was the endpoint asked for?").waitFor();
      await visit.picture("doctor-paste-more");
      await page.getByLabel("Socket id").fill(SOCKET_ID);
      await page.getByRole("textbox", { name: "Channel", exact: true }).fill("private-room");
      await page.getByRole("button", { name: "Explain" }).click();
      await page.locator("[data-verdict]").getByRole("heading", { level: 2 }).waitFor();
      await expectNoSecrets();

      await text.fill(JSON.stringify({ auth: sign(`${SOCKET_ID}:private-room`) }));
      await page.getByRole("button", { name: "Explain" }).click();
      await page.locator("[data-verdict=good]").waitFor();
      await expectNoSecrets();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a live endpoint that is broken is diagnosed",
    async () => {
      const broken = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        async fetch(request) {
          if (request.headers.get("cookie") !== "session=1") return new Response("Who?", { status: 401 });
          const form = new URLSearchParams(await request.text());
          return Response.json({ auth: sign(`${form.get("channel_name")}:${form.get("socket_id")}`) });
        },
      });
      const page = await open("?way=endpoint");
      await page.getByLabel("Address of the endpoint").fill(`http://127.0.0.1:${broken.port}/pusher/auth`);
      await page.getByLabel("Channels that the user may join").fill("private-user-10");
      await page.getByLabel("Channels that they must not join").fill("private-user-11");
      await page.getByLabel("Headers of a signed-in user").fill("Cookie: session=1");
      await visit.picture("doctor-endpoint");
      await page.getByRole("button", { name: "Ask the endpoint" }).click();
      const report = page.getByRole("region", { name: "What the endpoint answers" });
      await report.waitFor();
      const text = (await report.textContent()) ?? "";
      expect(text).toContain("arguments_swapped");
      expect(text).toContain("denied_allowed");
      await expectNoSecrets();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("doctor-endpoint-findings");
      await broken.stop(true);
    },
    VISIT_TIMEOUT_MS,
  );

  test("asked nobody but its own server, and complained of nothing", () => {
    expect(visit.strayRequests).toEqual([]);
    // The browser reports what a paste lacks as a failed request.
    const others = visit.complaints.filter((text) => !/status of 400/.test(text));
    expect(others).toEqual([]);
  });
});
