import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { browserPath, OWNER, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("getting in", () => {
  let visit: Visit;

  beforeAll(async () => {
    visit = await Visit.begin();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => visit.end(), VISIT_TIMEOUT_MS);

  test(
    "the printed link makes the first account, once, and leaves no trace in the address",
    async () => {
      const { page } = visit;
      await page.goto(`${visit.origin}/dashboard/`);
      await page.getByRole("heading", { name: "Nobody can log in yet" }).waitFor();
      await visit.picture("not-set-up");

      await visit.becomeOwner();
      expect(page.url()).not.toContain("token");
      expect(await page.getByText("Ada (owner)").isVisible()).toBe(true);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "logging out and in again, with a wrong password in between",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("heading", { name: "Log in to Usher" }).waitFor();
      await page.getByLabel("E-mail").fill(OWNER.email);
      await page.getByLabel("Password").fill("not the password at all");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("log-in");

      await page.getByLabel("Password").fill(OWNER.password);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("navigation", { name: "Main" }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "says so when the provider's log-in was refused",
    async () => {
      const context = await visit.browser.newContext();
      const page = await context.newPage();
      await page.goto(`${visit.origin}/dashboard/#error=oidc_not_allowed`);
      await page.getByRole("alert").filter({ hasText: "oidc_not_allowed" }).waitFor();
      await context.close();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the palette goes anywhere by a few letters",
    async () => {
      const { page } = visit;
      await visit.open("/apps");
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Go to" }).fill("nod");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/dashboard/nodes");
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    // A refused log-in is an error to the browser's console.
    expect(visit.complaints.filter((text) => !text.includes("status of 401"))).toEqual([]);
  });
});
