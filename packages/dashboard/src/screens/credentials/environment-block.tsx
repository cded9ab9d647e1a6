import { PATH_PREFIX } from "../../api/place.ts";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./credentials.module.css";

interface EnvironmentBlockProps {
  readonly appId: string;
  readonly appKey: string;
}

/** The lines that Pusher's libraries and frameworks read. The secret is for its owner to fill in. */
export function EnvironmentBlock({ appId, appKey }: EnvironmentBlockProps) {
  const text = lines(appId, appKey).join("\n");
  return (
    <div className={classes.environment}>
      <div className={classes.environmentHead}>
        <h3>.env</h3>
        <CopyButton text={text} what="the .env lines" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

function lines(appId: string, appKey: string): string[] {
  const { hostname, port, protocol } = location;
  const scheme = protocol.replace(":", "");
  return [
    `PUSHER_APP_ID=${appId}`,
    `PUSHER_APP_KEY=${appKey}`,
    "PUSHER_APP_SECRET=   # from your secret manager",
    `PUSHER_HOST=${hostname}`,
    `PUSHER_PORT=${port || (scheme === "https" ? "443" : "80")}`,
    `PUSHER_SCHEME=${scheme}`,
    ...(PATH_PREFIX === "" ? [] : [`PUSHER_PATH=${PATH_PREFIX}`]),
  ];
}
