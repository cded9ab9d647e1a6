import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { unexpected } from "./attended.ts";
import { browserPath, OWNER, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

const VIEWER = { email: "vic@example.com", name: "Vic", password: "another sentence that is long" } as const;
const NEW_PASSWORD = "a sentence that is longer still";

/** What a viewer must never find: everything here changes something. */
const CHANGES =
  /create|make|import|invite|rename|disable|enable|delete|rotate|generate|activate|revoke|reveal|ban|lift|take|remove|role|send|export with/i;

describe.skipIf(browserPath === undefined)("the team in the dashboard", () => {
  let visit: Visit;
  let link = "";
  let viewer: Page;

  beforeAll(async () => {
    visit = await Visit.asOwner();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => visit.end(), VISIT_TIMEOUT_MS);

  const dialog = (name: string) => visit.page.getByRole("dialog", { name });
  const row = (text: string) => visit.page.getByRole("row").filter({ hasText: text });

  test(
    "the only owner stays as they are",
    async () => {
      const page = await visit.open("/team");
      await row(OWNER.email).getByText("The last owner stays").waitFor();
      await page.getByText("There is no token yet").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("team-first");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "somebody is invited with a link that is shown once and copied",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Invite somebody" }).click();
      await dialog("Invite somebody").getByLabel("E-mail").fill(VIEWER.email);
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("team-invite");
      await page.getByRole("button", { name: "Invite them" }).click();
      const shown = dialog("The link that lets them in");
      link = (await shown.locator("code").textContent()) ?? "";
      await visit.picture("team-link");
      await shown.getByRole("button", { name: "Copy the link" }).click();
      await shown.getByText("Copied").waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
      await shown.getByRole("button", { name: "I have passed it on" }).click();
      await row(VIEWER.email).getByText("invited", { exact: true }).waitFor();
      expect(await page.getByText(link).count()).toBe(0);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "who was invited as a viewer comes in, and is offered nothing that changes anything",
    async () => {
      const context = await visit.browser.newContext({ viewport: { width: 1440, height: 900 } });
      viewer = await context.newPage();
      viewer.setDefaultTimeout(10_000);
      await viewer.goto(link);
      await viewer.getByLabel("Name", { exact: true }).fill(VIEWER.name);
      await viewer.getByLabel("Password").fill(VIEWER.password);
      await viewer.getByRole("button", { name: "Join" }).click();
      await viewer.getByText("Vic (viewer)").waitFor();
      const app = `/apps/${visit.server.appId}`;
      for (const [path, landmark] of [
        ["/apps", "All apps"],
        [`${app}/channels`, "Occupied"],
        [`${app}/connections`, "Open"],
        [`${app}/grants`, "In force"],
        [`${app}/credentials`, "This app"],
        [`${app}/settings`, "The app"],
        ["/audit", "Entries, the latest first"],
        ["/team", "Your sessions"],
      ] as const) {
        await viewer.goto(`${visit.origin}/dashboard${path}`);
        await viewer.getByRole("heading", { name: landmark, exact: true }).waitFor();
        await viewer
          .locator("main [role=status]")
          .filter({ hasText: "Loading" })
          .waitFor({ state: "detached" });
        const buttons = await viewer.locator("main button, main a").allTextContents();
        expect([path, buttons.filter((text) => CHANGES.test(text))]).toEqual([path, []]);
        const fields = viewer.locator("main select:enabled, main input:enabled:not([type=search])");
        const editable = path === "/team" || path === "/audit" ? 0 : await fields.count();
        expect([path, editable]).toEqual([path, 0]);
      }
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a role is changed for the session that is open",
    async () => {
      const { page } = visit;
      await page.reload();
      await page.getByRole("button", { name: `Change role of ${VIEWER.email}` }).click();
      const roles = dialog(`What ${VIEWER.name} may do`);
      await roles.getByLabel("Operator").check();
      await visit.picture("team-role");
      await roles.getByRole("button", { name: "Change the role" }).click();
      await row(VIEWER.email).getByText("operator", { exact: true }).waitFor();
      await viewer.goto(`${visit.origin}/dashboard/apps/${visit.server.appId}/grants`);
      await viewer.getByRole("heading", { name: "Take grants back" }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a token works until it is revoked, within its scopes",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Make a token" }).click();
      const form = dialog("Make a token");
      await form.getByLabel("Name").fill("nightly report");
      await form.getByLabel("apps:read").check();
      await form.getByLabel("Ends").selectOption({ label: "In 30 days" });
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("team-new-token");
      await form.getByRole("button", { name: "Make it" }).click();
      const value = (await dialog("The token").locator("code").textContent()) ?? "";
      await dialog("The token").getByRole("button", { name: "I have kept it" }).click();
      const ask = async (path: string) => {
        const response = await fetch(`${visit.origin}/admin/v1${path}`, {
          headers: { authorization: `Bearer ${value}` },
        });
        await response.body?.cancel();
        return response.status;
      };
      expect([await ask("/apps"), await ask("/audit")]).toEqual([200, 403]);
      await row("nightly report").getByText("127.0.0.1").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("team");
      await page.getByRole("button", { name: "Revoke nightly report" }).click();
      await dialog("Revoke nightly report").getByRole("button", { name: "Revoke it" }).click();
      await page.getByText("There is no token yet").waitFor();
      expect(await ask("/apps")).toBe(401);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "one's other session is ended from here",
    async () => {
      const { page } = visit;
      const context = await visit.browser.newContext();
      const other = await context.newPage();
      await other.goto(`${visit.origin}/dashboard/team`);
      await other.getByLabel("E-mail").fill(OWNER.email);
      await other.getByLabel("Password").fill(OWNER.password);
      await other.getByRole("button", { name: "Log in" }).click();
      await other.getByRole("heading", { name: "Team and tokens" }).waitFor();
      await page.reload();
      await page.getByRole("button", { name: "Log out there" }).click();
      await page.getByRole("button", { name: "Log out there" }).waitFor({ state: "detached" });
      await other.reload();
      await other.getByRole("heading", { name: "Log in to Usher" }).waitFor();
      await context.close();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the password is changed, and the new one holds",
    async () => {
      const { page } = visit;
      await page.getByLabel("Password now").fill(OWNER.password);
      await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
      await page.getByLabel("New password again").fill("something else entirely");
      await page.getByRole("button", { name: "Change the password" }).click();
      await page.getByText("This is not the same as the new password.").waitFor();
      await page.getByLabel("New password again").fill(NEW_PASSWORD);
      await page.getByRole("button", { name: "Change the password" }).click();
      await page.getByText("The password is changed").waitFor();
      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await page.getByLabel("E-mail").fill(OWNER.email);
      await page.getByLabel("Password").fill(NEW_PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByText("Ada (owner)").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "who is removed is out at once",
    async () => {
      const page = await visit.open("/team");
      await page.getByRole("button", { name: `Remove ${VIEWER.email}` }).click();
      await visit.picture("team-remove");
      await dialog(`Remove ${VIEWER.email}`).getByRole("button", { name: "Remove them" }).click();
      await row(VIEWER.email).waitFor({ state: "detached" });
      await viewer.reload();
      await viewer.getByRole("heading", { name: "Log in to Usher" }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    // Nobody is logged in for a moment.
    expect(unexpected(visit.complaints, 401)).toEqual([]);
  });
});
