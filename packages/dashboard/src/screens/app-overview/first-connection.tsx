import { CircleCheck, LoaderCircle } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { App } from "../../api/apps.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./first-connection.module.css";

interface FirstConnectionProps {
  readonly app: App;
  readonly isConnected: boolean;
}

/** What to do while nobody is connected. It stays to say that somebody came, until it is sent away. */
export function FirstConnection({ app, isConnected }: FirstConnectionProps) {
  const [hasWaited, setWaited] = useState(!isConnected);
  if (!isConnected && !hasWaited) setWaited(true);
  if (isConnected && !hasWaited) return null;
  const base = `/apps/${encodeURIComponent(app.id)}`;
  return (
    <section className={classes.panel} data-connected={isConnected} aria-labelledby="first-connection">
      <div className={classes.head} role="status">
        {isConnected ? <CircleCheck aria-hidden /> : <LoaderCircle aria-hidden className={classes.waiting} />}
        <h2 id="first-connection">
          {isConnected ? "The first connection is here" : "Waiting for the first connection"}
        </h2>
      </div>
      <ol className={classes.steps}>
        <li>
          <strong>Give the client the key</strong>
          {app.keys.map(({ key }) => (
            <span key={key} className={classes.key}>
              <code>{key}</code>
              <CopyButton text={key} what="the key" />
            </span>
          ))}
        </li>
        <li>
          <strong>Paste the snippet</strong>
          <span className="quiet">For pusher-js, Laravel Echo and others, with this server's address.</span>
          <Link className={buttonClass("primary", true)} href={`${base}/connect`}>
            Show the snippet
          </Link>
        </li>
        <li>
          <strong>Watch it happen</strong>
          <span className="quiet">Every connection, subscription and refusal, as it comes.</span>
          <Link className={buttonClass("normal", true)} href={`${base}/console`}>
            Open the debug console
          </Link>
        </li>
      </ol>
      {isConnected && (
        <Button kind="quiet" small onClick={() => setWaited(false)}>
          Done, hide this
        </Button>
      )}
    </section>
  );
}
