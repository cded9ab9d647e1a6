import { Link } from "wouter";
import type { AuditEntry } from "../../api/audit.ts";
import { Ago } from "../../ui/time.tsx";
import classes from "./audit.module.css";
import { actorOf, leadToApp, sentenceOf } from "./sentence.ts";

interface AuditRowProps {
  readonly entry: AuditEntry;
  /** Undefined for an app that is gone, and for what concerns none. */
  readonly appName: string | undefined;
}

/** One entry as a sentence, with the rest of it behind. */
export function AuditRow({ entry, appName }: AuditRowProps) {
  const { at, actor, action, app_id, target, details } = entry;
  const lead = leadToApp(entry);
  return (
    <li className={classes.entry}>
      <div className={classes.when}>
        <Ago at={at} />
      </div>
      <div className={classes.what}>
        <p>
          <strong>{actorOf(actor)}</strong> {sentenceOf(entry)}
          {app_id !== null && lead !== undefined && (
            <>
              {" "}
              {lead}{" "}
              {appName === undefined ? (
                `app ${app_id}`
              ) : (
                <Link href={`/apps/${encodeURIComponent(app_id)}`}>{appName}</Link>
              )}
            </>
          )}
        </p>
        <details>
          <summary data-row>
            <code>{action}</code>
            {actor.address !== null && <span className="mono">from {actor.address}</span>}
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
          <pre tabIndex={0}>{JSON.stringify({ at, actor, target, details }, null, 2)}</pre>
        </details>
      </div>
    </li>
  );
}
