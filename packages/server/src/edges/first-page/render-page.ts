import type { App } from "@usher/hub";
import bundle from "./page/page.html" with { type: "text" };

// Bun's types take every import of .html for a bundle; the attribute makes it text.
const TEMPLATE = bundle as unknown as string;

/** The page for one app. What the scripts need to know stands in attributes of its body; the secret does not. */
export function renderPage(app: App | undefined, pathPrefix: string): string {
  const values: Record<string, string> = {
    appId: app?.id ?? "",
    key: app?.keys[0]?.key ?? "",
    pathPrefix,
    clientEvents: String(app?.settings.clientEvents ?? false),
  };
  return TEMPLATE.replace(/\{\{(\w+)\}\}/g, (_, name: string) => escapeHtml(values[name] ?? ""));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
