import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../browser/browser.ts";
import { type StartServerOptions, startServer, type TestServer } from "../support/server.ts";

export { browserPath } from "../browser/browser.ts";

/** For a hook that starts or ends a visit. */
export const VISIT_TIMEOUT_MS = 60_000;

export const OWNER = { email: "ada@example.com", name: "Ada", password: "a sentence that is long" } as const;

const PATIENCE_MS = 10_000;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const SCREENSHOTS = process.env.USHER_TEST_SCREENSHOTS;

/** A server of its own with an owner logged in to its dashboard in a real browser. */
export class Visit {
  readonly server: TestServer;
  readonly browser: Browser;
  readonly page: Page;
  /** Errors and warnings on the console, violations of the content security policy among them. */
  readonly complaints: string[] = [];
  /** Requests to anything but the server. */
  readonly strayRequests: string[] = [];

  private constructor(server: TestServer, browser: Browser, page: Page) {
    this.server = server;
    this.browser = browser;
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith("http") && host !== `${server.host}:${server.port}`) {
        this.strayRequests.push(request.url());
      }
    });
  }

  /** Starts the server and the browser; nobody is logged in and no account is made yet. */
  static async begin(options: StartServerOptions = {}): Promise<Visit> {
    const [server, browser] = await Promise.all([startServer(options), launchBrowser()]);
    const context = await browser.newContext({
      viewport: WIDE,
      permissions: ["clipboard-read", "clipboard-write"],
      reducedMotion: "reduce",
    });
    return new Visit(server, browser, await context.newPage());
  }

  /** The same, with the first account made and logged in. */
  static async asOwner(options: StartServerOptions = {}): Promise<Visit> {
    const visit = await Visit.begin(options);
    await visit.becomeOwner();
    return visit;
  }

  /** Makes the first account with the link that the server printed. */
  async becomeOwner(): Promise<void> {
    const link = /http\S+\/dashboard\/setup#token=\S+/.exec(this.server.output())?.[0];
    if (!link) throw new Error(`the server printed no link:\n${this.server.output()}`);
    await this.page.goto(link);
    await this.page.getByLabel("E-mail").fill(OWNER.email);
    await this.page.getByLabel("Name", { exact: true }).fill(OWNER.name);
    await this.page.getByLabel("Password").fill(OWNER.password);
    await this.page.getByRole("button", { name: "Make the account" }).click();
    await this.page.getByRole("navigation", { name: "Main" }).waitFor();
  }

  /** Opens a screen: `/apps/3/channels`. */
  async open(path: string): Promise<Page> {
    await this.page.goto(`${this.origin}/dashboard${path}`);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
    return this.page;
  }

  get origin(): string {
    return `http://${this.server.host}:${this.server.port}`;
  }

  /** What an automatic check of accessibility (WCAG 2.2 AA) finds wrong, a line each; in both themes. */
  async accessibilityProblems(): Promise<string[]> {
    const problems: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(axe.source);
      const violations = await this.page.evaluate(async () => {
        const results = await (window as unknown as { axe: typeof axe }).axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        });
        return results.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
        );
      });
      problems.push(...violations.map((violation) => `${colorScheme} ${violation}`));
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    return problems;
  }

  /** Pictures of the screen as it is, for people to look at: only with USHER_TEST_SCREENSHOTS, which names their folder. */
  async picture(name: string): Promise<void> {
    if (!SCREENSHOTS) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      for (const [size, viewport] of [["1440", WIDE] as const, ["390", NARROW] as const]) {
        await this.page.setViewportSize(viewport);
        const path = join(SCREENSHOTS, `${name}-${colorScheme}-${size}.png`);
        await this.page.screenshot({ path, fullPage: true });
      }
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.page.setViewportSize(WIDE);
  }

  /** Does the page fit into 360 pixels without scrolling sideways? */
  async fitsNarrow(): Promise<boolean> {
    await this.page.setViewportSize({ width: 360, height: 800 });
    const fits = await this.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    await this.page.setViewportSize(WIDE);
    return fits;
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }
}
