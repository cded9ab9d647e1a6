const COPIED_MS = 1600;

/** Fills in the snippets with the real address and key. None of them holds the secret; the page does not have it. */
export function showSnippets({ appId, key, address }) {
  const cli = cliSnippet(address);
  const texts = {
    client: clientSnippet(key, address),
    server: serverSnippet(appId, key, address),
    cli,
  };
  for (const figure of document.querySelectorAll("[data-snippet]")) {
    addCode(figure, texts[figure.dataset.snippet]);
  }
  for (const line of document.querySelectorAll(".cli-line")) line.textContent = cli;
}

const DEFAULT_ADDRESSES = ["http://127.0.0.1:6001", "http://localhost:6001"];

/** Run in the server's folder, the command finds the app and its secret by itself. */
function cliSnippet({ host, port, isTls, pathPrefix }) {
  const url = `${isTls ? "https" : "http"}://${host}:${port}${pathPrefix}`;
  return lines(
    "npx usher trigger --channel demo \\",
    DEFAULT_ADDRESSES.includes(url) ? undefined : `  --url ${url} \\`,
    `  --event greeting --data '{"text":"Hello"}'`,
  );
}

function clientSnippet(key, { host, port, isTls, pathPrefix }) {
  return lines(
    'import Pusher from "pusher-js";',
    "",
    `const pusher = new Pusher("${key}", {`,
    '  cluster: "",',
    `  wsHost: "${host}",`,
    `  ${isTls ? "wssPort" : "wsPort"}: ${port},`,
    pathPrefix ? `  wsPath: "${pathPrefix}",` : undefined,
    `  forceTLS: ${isTls},`,
    '  enabledTransports: ["ws", "wss"],',
    "  channelAuthorization: {",
    '    endpoint: "/pusher/auth", // on your server',
    "  },",
    "});",
    "",
    'const channel = pusher.subscribe("demo");',
    'channel.bind("greeting", (data) => {',
    "  console.log(data.text);",
    "});",
  );
}

function serverSnippet(appId, key, { host, port, isTls, pathPrefix }) {
  return lines(
    'import Pusher from "pusher";',
    "",
    "const pusher = new Pusher({",
    `  appId: "${appId}",`,
    `  key: "${key}",`,
    "  secret: process.env.USHER_APP_SECRET,",
    `  host: "${host}",`,
    `  port: "${port}",`,
    `  useTLS: ${isTls},`,
    "});",
    pathPrefix
      ? `// The library has no option for a path: let a proxy put ${pathPrefix} in front of /apps.`
      : undefined,
    "",
    'await pusher.trigger("demo", "greeting", {',
    '  text: "Hello from Node",',
    "});",
  );
}

function lines(...all) {
  return all.filter((line) => line !== undefined).join("\n");
}

function addCode(figure, text) {
  const block = document.createElement("pre");
  // Long lines scroll sideways, which a keyboard can only do on something that takes the focus.
  block.tabIndex = 0;
  const code = document.createElement("code");
  code.textContent = text;
  block.append(code);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(text, code, button));
  figure.querySelector("figcaption").append(button);
  figure.append(block);
}

async function copy(text, code, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Plain http on a network address has no clipboard: select it, so that one key copies it.
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, COPIED_MS);
}
