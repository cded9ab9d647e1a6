import { Link } from "wouter";
import { CodeBlock } from "../../ui/code-block.tsx";
import classes from "./connect.module.css";
import { fillSnippet } from "./fill-snippet.ts";
import type { Place } from "./place.ts";
import type { Snippet } from "./snippets.ts";

/** One snippet with what it needs around it. */
export function SnippetView({ snippet, place }: { readonly snippet: Snippet; readonly place: Place }) {
  const { title, file, install, text, needsSecret, isWithoutPrefix } = snippet;
  return (
    <div className={classes.snippet}>
      {install && <CodeBlock title="Install" text={install} />}
      {needsSecret && (
        <p className="quiet">
          It reads the secret from the environment variable <code>USHER_APP_SECRET</code>. The secret itself
          is on the page{" "}
          <Link href={`/apps/${encodeURIComponent(place.appId)}/credentials`}>Credentials</Link>.
        </p>
      )}
      {isWithoutPrefix && place.pathPrefix !== "" && (
        <p className={classes.warning}>
          This server is below the path <code>{place.pathPrefix}</code>, which the library here cannot be
          told. Use @usher/sdk, or give the server a host name of its own.
        </p>
      )}
      <CodeBlock title={`${title}: ${file}`} text={fillSnippet(text, place)} />
    </div>
  );
}
