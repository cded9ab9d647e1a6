import type { ServerConfig } from "./config/server-config.ts";
import type { RunningServer } from "./server.ts";

/**
 * Tells a person at a terminal where the server is and what to paste into a client. The secret appears only when it was
 * generated just now, since it is never shown again. Logs in JSON stay pure: then this goes to standard error.
 */
export function printWelcome(config: ServerConfig, server: RunningServer): void {
  const stream = config.logFormat === "json" ? process.stderr : process.stdout;
  stream.write(welcome(config, server));
}

function welcome(config: ServerConfig, { port, opsPort, firstApp, setupUrl }: RunningServer): string {
  const url = new URL(config.publicUrl ?? `http://${config.host}:${port}`);
  const { app, secretShownOnce } = firstApp;
  const key = app.keys[0]?.key ?? "";
  const lines = [
    "",
    `Usher is up at ${url.origin}${config.pathPrefix}${config.mode === "development" ? "  (open it in a browser)" : ""}`,
    `Health and metrics at http://${config.opsHost}:${opsPort}`,
    ...(setupUrl
      ? [
          "",
          "Nobody can log in to the dashboard yet. To become its owner, open this once within 24 hours:",
          setupUrl,
        ]
      : []),
    "",
    `App     ${app.id}`,
    `Key     ${key}`,
    ...(secretShownOnce ? [`Secret  ${secretShownOnce}   (shown this once; keep it on your server)`] : []),
    "",
    "In a page, with pusher-js:",
    "",
    ...clientSnippet(url, key, config.pathPrefix).map((line) => `  ${line}`),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function clientSnippet(url: URL, key: string, pathPrefix: string): string[] {
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  return [
    `const pusher = new Pusher(${JSON.stringify(key)}, {`,
    `  cluster: "",`,
    `  wsHost: ${JSON.stringify(url.hostname)},`,
    isTls ? `  wssPort: ${port},` : `  wsPort: ${port},`,
    ...(pathPrefix === "" ? [] : [`  wsPath: ${JSON.stringify(pathPrefix)},`]),
    `  forceTLS: ${isTls},`,
    `  enabledTransports: ["ws", "wss"],`,
    "});",
    'pusher.subscribe("demo").bind_global((event, data) => console.log(event, data));',
  ];
}
