import type { StatsMark } from "../../api/stats.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { whole } from "../../ui/numbers.ts";
import { Panel } from "../../ui/panel.tsx";
import { Ago } from "../../ui/time.tsx";
import classes from "./overview.module.css";

const TONES: Readonly<Record<StatsMark["kind"], Tone>> = { node: "neutral", rotation: "warn", app: "accent" };
const NAMES: Readonly<Record<StatsMark["kind"], string>> = {
  node: "server",
  rotation: "rotation",
  app: "app",
};
const MOST = 8;

/** What the dashed lines in the charts stand for. */
export function StatsMarks({ marks }: { readonly marks: readonly StatsMark[] }) {
  const latest = marks.slice(-MOST).toReversed();
  return (
    <Panel title="What happened meanwhile">
      {latest.length === 0 ? (
        <p className="quiet">No server came or went, no secret was rotated and no app was changed.</p>
      ) : (
        <ul className={classes.marks}>
          {latest.map(({ at, kind, text }) => (
            <li key={at + text}>
              <Badge tone={TONES[kind]}>{NAMES[kind]}</Badge>
              <span>{text}</span>
              <span className="quiet">
                <Ago at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {marks.length > MOST && <p className="quiet">And {whole(marks.length - MOST)} more before.</p>}
    </Panel>
  );
}
