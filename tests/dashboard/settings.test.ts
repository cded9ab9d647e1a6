import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { eventOf } from "../clients/events.ts";
import { type Attended, attendedVisit, joined, unexpected } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS } from "./visit.ts";

describe.skipIf(browserPath === undefined)("an app's settings in the dashboard", () => {
  let attended: Attended;

  beforeAll(async () => {
    attended = await attendedVisit();
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  const choice = (name: string) => attended.visit.page.getByRole("combobox", { name, exact: true });
  const press = (name: string) => attended.visit.page.getByRole("button", { name, exact: true }).click();
  const setting = (name: string) => attended.visit.page.locator("li").filter({ has: choice(name) });

  test(
    "each says what it inherits, and nothing is to be saved",
    async () => {
      const { visit } = attended;
      const page = await visit.open(`/apps/${visit.server.appId}/settings`);
      await choice("client_events").waitFor();
      expect(await choice("client_events").locator("option:checked").textContent()).toBe("Default: off");
      expect(await page.getByText("not saved").count()).toBe(0);
      expect(await choice("allowed_origins").locator("option:checked").textContent()).toBe(
        "Default: any origin",
      );
      await page.keyboard.press("/");
      await page.keyboard.type("watchlist");
      await choice("client_events").waitFor({ state: "detached" });
      expect(await choice("watchlist_limit").count()).toBe(1);
      await page.getByRole("searchbox").fill("");
      await choice("client_events").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("settings");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what would change is shown before it does, and can be put back",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      await choice("client_events").selectOption({ label: "On" });
      await choice("presence_limits.members").selectOption({ label: "Its own value" });
      await setting("presence_limits.members").getByRole("spinbutton").fill("500");
      await page.getByText("2 settings are changed and not saved").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("settings-changed");
      await press("Look over and save");
      const rows = page.getByRole("dialog", { name: "What will change" }).locator("tbody tr");
      expect(await rows.allTextContents()).toEqual([
        "client_eventsoffon",
        "presence_limits.members100 members500 members",
      ]);
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("settings-save");
      await press("Go on editing");
      await press("Put them back");
      expect(await choice("client_events").inputValue()).toBe("inherit");
      expect(await page.getByText("not saved").count()).toBe(0);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what is saved holds for clients at once, and inheriting again takes it back",
    async () => {
      const { visit, clients } = attended;
      const { page } = visit;
      const [ann, bob] = [
        await clients.connect(NodePusher, { userId: "ann" }),
        await clients.connect(NodePusher, { userId: "bob" }),
      ];
      await Promise.all([joined(ann, "private-room"), joined(bob, "private-room")]);
      await choice("client_events").selectOption({ label: "On" });
      await press("Look over and save");
      await press("Save");
      await page.getByText("The settings are saved").waitFor();
      const heard = eventOf<{ readonly on: boolean }>(bob.channel("private-room"), "client-typing");
      ann.channel("private-room").trigger("client-typing", { on: true });
      expect(await heard).toEqual({ on: true });

      await choice("client_events").selectOption({ label: "Default: off" });
      await press("Look over and save");
      await page.getByText("(the default)").waitFor();
      await press("Save");
      await page.getByText("not saved").waitFor({ state: "detached" });
      const refused = eventOf<{ readonly data: { readonly message: string } }>(ann.connection, "error");
      ann.channel("private-room").trigger("client-typing", { on: true });
      expect((await refused).data.message).toContain("To send client events");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what the server does not take is said, and nothing is lost",
    async () => {
      const { page } = attended.visit;
      await choice("allowed_origins").selectOption({ label: "These origins" });
      await setting("allowed_origins").getByRole("textbox").fill("not an origin at all!");
      await press("Look over and save");
      await press("Save");
      await page.getByRole("alert").waitFor();
      await press("Go on editing");
      expect(await setting("allowed_origins").getByRole("textbox").inputValue()).toContain("origin");
      await press("Put them back");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the app is renamed",
    async () => {
      const { page } = attended.visit;
      await page.getByLabel("Name", { exact: true }).fill("Shop");
      await press("Rename");
      await page.getByText("The app is renamed").waitFor();
      await page.getByRole("combobox", { name: "App" }).getByText("Shop").waitFor({ state: "attached" });
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(attended.visit.strayRequests).toEqual([]);
    expect(unexpected(attended.visit.complaints, 400)).toEqual([]);
  });
});
