import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import Pusher from "pusher";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("apps in the dashboard", () => {
  let visit: Visit;
  let shop: { readonly id: string; readonly key: string; readonly secret: string };
  let exported = "";

  beforeAll(async () => {
    visit = await Visit.asOwner();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => visit.end(), VISIT_TIMEOUT_MS);

  const row = (text: string) => visit.page.getByRole("row").filter({ hasText: text });
  const dialog = (name: string) => visit.page.getByRole("dialog", { name });

  /** Publishes as the app's own server would; resolves with the status of the answer. */
  async function publish({ id, key, secret }: typeof shop): Promise<number> {
    const { host, port } = visit.server;
    const sdk = new Pusher({ appId: id, key, secret, host, port: String(port), useTLS: false });
    try {
      return (await sdk.trigger("orders", "shipped", { order: 7 })).status;
    } catch (error) {
      return (error as { readonly status: number }).status;
    }
  }

  /** Presses something that saves a file, and reads the file. */
  async function saved(press: () => Promise<void>): Promise<string> {
    const downloading = visit.page.waitForEvent("download");
    await press();
    return readFileSync(await (await downloading).path(), "utf8");
  }

  test(
    "an app is created, and its credentials work",
    async () => {
      const page = await visit.open("/apps");
      await row("First app").waitFor();
      await page.getByRole("button", { name: "Create an app" }).click();
      await dialog("Create an app").getByLabel("Name").fill("Shop");
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("apps-create");
      await page.getByRole("button", { name: "Create it" }).click();
      const made = dialog("The app is made");
      await made.waitFor();
      const [id = "", key = "", secret = ""] = await made.locator("dd code").allTextContents();
      shop = { id, key, secret };
      await visit.picture("apps-created");
      await made.getByRole("button", { name: "Close" }).click();
      await row("Shop").getByText("enabled").waitFor();
      expect(await publish(shop)).toBe(200);
      expect(await page.getByText(secret).count()).toBe(0);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("apps");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the list is filtered by name and id, from the keyboard",
    async () => {
      const { page } = visit;
      await page.keyboard.press("/");
      await page.keyboard.type("sho");
      await row("First app").waitFor({ state: "detached" });
      expect(await row("Shop").count()).toBe(1);
      await page.getByRole("searchbox").fill("nothing like it");
      await page.getByText("No app is called that").waitFor();
      await page.getByRole("searchbox").fill("");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "an app is disabled and enabled again",
    async () => {
      const page = await visit.open(`/apps/${shop.id}/settings`);
      await page.getByRole("button", { name: "Disable" }).click();
      await visit.picture("app-disable");
      await page.getByRole("button", { name: "Disable it" }).click();
      await page.getByText("disabled", { exact: true }).waitFor();
      expect(await publish(shop)).toBe(403);
      await page.getByRole("button", { name: "Enable" }).click();
      await page.getByText("enabled", { exact: true }).waitFor();
      expect(await publish(shop)).toBe(200);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "another is made like it, with its settings and its own credentials",
    async () => {
      const { page } = visit;
      const overridden = page.getByRole("combobox", { name: "client_events", exact: true });
      await overridden.selectOption({ label: "On" });
      await page.getByRole("button", { name: "Look over and save" }).click();
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("The settings are saved").waitFor();
      await page.getByRole("button", { name: "Make another like it" }).click();
      await dialog("Create an app").getByLabel("Name").fill("Shop again");
      await page.getByRole("button", { name: "Create it" }).click();
      await dialog("The app is made").waitFor();
      const [id = "", key = ""] = await dialog("The app is made").locator("dd code").allTextContents();
      expect([id === shop.id, key === shop.key]).toEqual([false, false]);
      await dialog("The app is made").getByRole("button", { name: "Close" }).click();
      await visit.open(`/apps/${id}/settings`);
      expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Shop again");
      expect(await overridden.inputValue()).toBe("true");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "an export has its secrets only where that is asked for",
    async () => {
      const page = await visit.open(`/apps/${shop.id}/settings`);
      const plain = await saved(async () => {
        await page.getByRole("button", { name: "Export" }).click();
        await visit.picture("app-export");
        await page.getByRole("button", { name: "Without secrets" }).click();
      });
      expect([plain.includes(shop.key), plain.includes(shop.secret)]).toEqual([true, false]);
      exported = await saved(async () => {
        await page.getByRole("button", { name: "Export" }).click();
        await page.getByRole("button", { name: "With secrets" }).click();
      });
      expect(exported).toContain(shop.secret);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "an app is deleted once its id was typed",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Delete" }).click();
      const question = dialog("Delete the app");
      const act = question.getByRole("button", { name: "Delete it for good" });
      expect(await act.isDisabled()).toBe(true);
      await question.getByLabel(/^Type/).fill(shop.id);
      await visit.picture("app-delete");
      // What was typed is forgotten with the dialog.
      await page.keyboard.press("Escape");
      await question.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Delete" }).click();
      expect(await act.isDisabled()).toBe(true);
      await question.getByLabel(/^Type/).fill(shop.id);
      await act.click();
      await page.waitForURL("**/dashboard/apps");
      await row(shop.id).waitFor({ state: "detached" });
      expect(await publish(shop)).toBe(404);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what was exported is brought in, and what is there already is left",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Import" }).click();
      await dialog("Import apps").getByLabel("Or its text").fill("not JSON");
      await page.getByText("This is not JSON.").waitFor();
      await dialog("Import apps").getByLabel("Or its text").fill(exported);
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("apps-import");
      await dialog("Import apps").getByRole("button", { name: "Import" }).click();
      await page.getByText("1 app was brought in").waitFor();
      await row(shop.id).waitFor();
      expect(await publish(shop)).toBe(200);
      await page.getByRole("button", { name: "Import" }).click();
      await dialog("Import apps").getByLabel("Or its text").fill(exported);
      await dialog("Import apps").getByRole("button", { name: "Import" }).click();
      await page.getByText(`Left as they are: ${shop.id}`).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
