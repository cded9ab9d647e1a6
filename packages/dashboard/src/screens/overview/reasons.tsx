import type { ReactNode } from "react";
import type { Stats } from "../../api/stats.ts";
import { whole } from "../../ui/numbers.ts";
import { Panel } from "../../ui/panel.tsx";
import { reasonsOf } from "./figures.ts";
import classes from "./overview.module.css";

const GROUPS: Readonly<Record<string, string>> = {
  subscriptions: "subscription refused",
  sign_ins: "sign-in refused",
  handshakes: "connection refused",
  closes: "connection ended",
};
const MOST = 8;

interface ReasonsProps {
  readonly stats: Stats;
  readonly actions?: ReactNode;
}

/** Why clients were refused or sent away. */
export function Reasons({ stats, actions }: ReasonsProps) {
  const reasons = reasonsOf(stats.totals).slice(0, MOST);
  const most = reasons[0]?.count ?? 1;
  return (
    <Panel title="Refused and ended, by reason" actions={actions}>
      {reasons.length === 0 ? (
        <p className="quiet">Nobody was refused and no connection was ended by the server.</p>
      ) : (
        <ul className={classes.reasons}>
          {reasons.map(({ group, code, count }) => (
            <li key={group + code}>
              <span>
                <code>{code}</code> <span className="quiet">{GROUPS[group]}</span>
              </span>
              <strong>{whole(count)}</strong>
              <span className={classes.bar} style={{ width: `${(count / most) * 100}%` }} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
