import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Panel } from "../../ui/panel.tsx";
import classes from "./webhooks.module.css";

const SNIPPETS = [
  {
    title: "@usher/sdk",
    code: `import { Usher, WebHookError } from "@usher/sdk";

const usher = Usher.forURL(process.env.USHER_APP_URL); // http://key:secret@host:port/apps/id

export async function receive(request) {
  try {
    const { events } = await usher.webhook.verify(request);
    for (const event of events) console.log(event.name, event.channel);
    return new Response("ok");
  } catch (error) {
    if (error instanceof WebHookError) return new Response(error.code, { status: 401 });
    throw error;
  }
}`,
  },
  {
    title: "pusher (Node)",
    code: `import Pusher from "pusher";
import express from "express";

const pusher = Pusher.forURL(process.env.USHER_APP_URL); // http://key:secret@host:port/apps/id
const app = express();

// The signature covers the body's bytes: take them as they come, not parsed.
app.post("/webhooks", express.text({ type: "application/json" }), (request, response) => {
  const webhook = pusher.webhook({ headers: request.headers, rawBody: request.body });
  if (!webhook.isValid()) return response.sendStatus(401);
  for (const event of webhook.getEvents()) console.log(event.name, event.channel);
  response.sendStatus(200);
});`,
  },
] as const;

/** How a receiver tells our webhooks from anybody's. The secret comes from its environment, never from here. */
export function VerifySnippets() {
  const [title, setTitle] = useState<string>(SNIPPETS[0].title);
  const { code } = SNIPPETS.find((snippet) => snippet.title === title) ?? SNIPPETS[0];
  return (
    <Panel title="Verify the signature">
      <p className="quiet">
        Believe a webhook only when <code>X-Pusher-Signature</code> is the HMAC-SHA256 of its body with the
        app's secret. Expect an event twice, and know it by <code>X-Usher-Event-Id</code>.
      </p>
      <div className={classes.snippetHead}>
        {SNIPPETS.map((snippet) => (
          <Button
            key={snippet.title}
            small
            aria-pressed={snippet.title === title}
            onClick={() => setTitle(snippet.title)}
          >
            {snippet.title}
          </Button>
        ))}
        <CopyButton text={code} what="the code" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </Panel>
  );
}
