import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { TestServer } from "../support/server.ts";

/** Undefined where the machine has none; `npm test` has said so then. */
export const browserPath: string | undefined = findBrowser();

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const PATIENCE_MS = 10_000;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath ?? "", args: ARGUMENTS, headless: true });
}

/** One open page, and whatever it did that a page of Usher's must not do. */
export class Tab {
  readonly page: Page;
  /** Errors and warnings on the console, violations of the content security policy among them. */
  readonly complaints: string[] = [];
  /** Requests and WebSockets to anything but the server. */
  readonly strayRequests: string[] = [];

  private constructor(page: Page, { host, port }: TestServer) {
    this.page = page;
    const isOwn = (url: string) => new URL(url).host === `${host}:${port}`;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!isOwn(request.url())) this.strayRequests.push(request.url());
    });
    page.on("websocket", (webSocket) => {
      if (!isOwn(webSocket.url())) this.strayRequests.push(webSocket.url());
    });
  }

  static async open(context: BrowserContext, server: TestServer, path = "/"): Promise<Tab> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const tab = new Tab(page, server);
    await page.goto(`http://${server.host}:${server.port}${path}`);
    return tab;
  }

  /** Resolves once all three channels are joined. */
  async joined(): Promise<this> {
    await this.page.locator(".ticket-state[data-state=joined]").nth(2).waitFor();
    await this.page.locator("#members .is-me").waitFor();
    return this;
  }

  /** Resolves once the list of events has an entry with this text. */
  async hears(text: string | RegExp): Promise<string> {
    const entry = this.page.locator("#event-list li").filter({ hasText: text }).first();
    await entry.waitFor();
    return (await entry.textContent()) ?? "";
  }

  events(): Promise<string[]> {
    return this.page.locator("#event-list li").allTextContents();
  }

  members(): Promise<string[]> {
    return this.page.locator("#members li").allTextContents();
  }

  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).textContent()) ?? "";
  }

  guestName(): Promise<string> {
    return this.text("#guest-name");
  }
}

function findBrowser(): string | undefined {
  const given = process.env.USHER_TEST_BROWSER;
  if (given) return given === "none" ? undefined : given;
  return Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome") ?? undefined;
}
