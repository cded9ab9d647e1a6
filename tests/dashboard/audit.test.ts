import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { browserPath, OWNER, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

const MANY = 60;

describe.skipIf(browserPath === undefined)("the audit trail in the dashboard", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await Visit.asOwner();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => visit.end(), VISIT_TIMEOUT_MS);

  const entry = (text: string | RegExp) => visit.page.locator("main ol > li").filter({ hasText: text });
  const choose = (label: string, option: string) =>
    visit.page.locator("main").getByLabel(label, { exact: true }).selectOption({ label: option });

  test(
    "tells what was done here in a sentence, with the rest behind it",
    async () => {
      const app = `/apps/${visit.server.appId}`;
      const grants = await visit.open(`${app}/grants`);
      await grants.getByLabel("Ban a user").check();
      await grants.getByLabel("User id").fill("mallory");
      await grants.getByRole("button", { name: "Ban the user" }).click();
      await grants.getByRole("button", { name: "Lift the ban of mallory" }).waitFor();
      const credentials = await visit.open(`${app}/credentials`);
      await credentials.getByRole("button", { name: "Generate a new secret" }).click();
      await credentials.getByRole("button", { name: "I have kept it" }).click();

      const page = await visit.open("/audit");
      await entry(/ada@example\.com banned user mallory until .+ in First app/).waitFor();
      await entry(`made a new secret`).waitFor();
      await entry("made the first account").waitFor();
      await entry(/The configuration .+ the app/).waitFor();
      const ban = entry("banned user mallory");
      await ban.locator("summary").click();
      expect(await ban.locator("pre").textContent()).toContain('"user_id": "mallory"');
      expect(await page.locator("main").textContent()).not.toContain(visit.server.secret);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("audit");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "is narrowed down by what, where and who, in the address too",
    async () => {
      const { page } = visit;
      await choose("What", "grant.ban");
      await entry("made a new secret").waitFor({ state: "detached" });
      expect(await entry("banned user mallory").count()).toBe(1);
      expect(page.url()).toEndWith("/audit?action=grant.ban");
      await choose("What", "All");
      await choose("App", `First app (${visit.server.appId})`);
      await entry("made the first account").waitFor({ state: "detached" });
      await choose("App", "All");
      await choose("Who", `${OWNER.email} (you)`);
      await entry("The configuration").waitFor({ state: "detached" });
      await choose("What", "app.delete");
      await page.getByText("No entry fits").waitFor();
      await visit.picture("audit-none");
      await page.getByRole("button", { name: "Show all entries" }).click();
      await entry("The configuration").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a long trail comes in pages",
    async () => {
      const { page } = visit;
      await visit.open(`/apps/${visit.server.appId}/settings`);
      for (let count = 0; count < MANY; count++) {
        await page.evaluate(async (number) => {
          const { csrf_token } = await (await fetch("/admin/v1/session")).json();
          await fetch("/admin/v1/apps/3", {
            method: "PATCH",
            headers: { "content-type": "application/json", "x-csrf-token": csrf_token },
            body: JSON.stringify({ name: `Name ${number}` }),
          });
        }, count);
      }
      await visit.open("/audit");
      await entry("changed name").first().waitFor();
      expect(await page.locator("main ol > li").count()).toBe(50);
      await page.getByRole("button", { name: "Next" }).click();
      await entry("banned user mallory").waitFor();
      await page.getByRole("button", { name: "Back" }).click();
      await entry("banned user mallory").waitFor({ state: "detached" });
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
