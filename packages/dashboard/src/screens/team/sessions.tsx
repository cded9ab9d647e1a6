import { type OpenSession, useEndSession, useSessions } from "../../api/sessions.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Panel } from "../../ui/panel.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { browserOf } from "./browser-of.ts";
import classes from "./team.module.css";

const COLUMNS = [
  { title: "Where" },
  { title: "Logged in" },
  { title: "Last use" },
  { title: "Actions", isHidden: true },
];
const METHODS: Readonly<Record<OpenSession["method"], string>> = {
  password: "with the password",
  oidc: "through the provider",
  link: "with a one-time link",
};

/** One's own open sessions, and the way to end the others. */
export function Sessions() {
  const sessions = useSessions();
  const end = useEndSession();
  return (
    <Panel title="Your sessions">
      <Loaded query={sessions}>
        {({ items }) => (
          <Table isStacking caption="Sessions" columns={COLUMNS}>
            {items.map(({ id, is_current, created_at, seen_at, method, address, user_agent }) => (
              <tr key={id}>
                <td>
                  <div className={classes.who} title={user_agent ?? ""}>
                    <strong>{browserOf(user_agent)}</strong>
                    {is_current && <Badge tone="good">this one</Badge>}
                  </div>
                  <div className="quiet mono">{address ?? "unknown address"}</div>
                </td>
                <td>
                  <Ago at={created_at} />
                  <div className="quiet">{METHODS[method]}</div>
                </td>
                <td>
                  <Ago at={seen_at} />
                </td>
                <td className={NUMBER_CELL}>
                  {!is_current && (
                    <Button
                      small
                      disabled={end.isPending}
                      onClick={() =>
                        end.mutate(id, { onSuccess: () => say("Logged out there"), onError: sayFailed })
                      }
                    >
                      Log out there
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Loaded>
    </Panel>
  );
}
