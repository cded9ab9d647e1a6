import { useState } from "react";
import {
  type Invitation,
  type Operator,
  useOperators,
  useRemoveOperator,
  useRenewInvitation,
} from "../../api/operators.ts";
import { useSession } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Panel } from "../../ui/panel.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { LinkDialog } from "./link-dialog.tsx";
import { RoleDialog } from "./role-dialog.tsx";
import { ROLE_TONES } from "./roles.ts";
import classes from "./team.module.css";

const COLUMNS = [
  { title: "Who" },
  { title: "Role" },
  { title: "Last log-in" },
  { title: "Actions", isHidden: true },
];

interface Chosen {
  readonly operator: Operator;
  readonly to: "change role" | "remove";
}

/** The people, and what becomes of them. */
export function Operators() {
  const operators = useOperators(true);
  const [isInviting, setInviting] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | undefined>();
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const remove = useRemoveOperator();
  const renew = useRenewInvitation();
  const removeChosen = ({ id, email }: Operator) => {
    setChosen(undefined);
    remove.mutate(id, { onSuccess: () => say(`${email} is removed`), onError: sayFailed });
  };
  return (
    <Panel
      title="People"
      actions={
        <Button kind="primary" onClick={() => setInviting(true)}>
          Invite somebody
        </Button>
      }
    >
      <Loaded query={operators}>
        {({ items }) => (
          <Table isStacking caption="Operators" columns={COLUMNS}>
            {items.map((operator) => (
              <OperatorRow
                key={operator.id}
                operator={operator}
                isLastOwner={isLastOwner(operator, items)}
                choose={(to) => setChosen({ operator, to })}
                renew={() => renew.mutate(operator.id, { onSuccess: setInvitation, onError: sayFailed })}
              />
            ))}
          </Table>
        )}
      </Loaded>
      <InviteDialog isOpen={isInviting} close={() => setInviting(false)} invited={setInvitation} />
      <LinkDialog invitation={invitation} close={() => setInvitation(undefined)} />
      {chosen?.to === "change role" && (
        <RoleDialog key={chosen.operator.id} operator={chosen.operator} close={() => setChosen(undefined)} />
      )}
      <Confirm
        title={`Remove ${chosen?.operator.email ?? ""}`}
        isOpen={chosen?.to === "remove"}
        close={() => setChosen(undefined)}
        action="Remove them"
        run={() => chosen && removeChosen(chosen.operator)}
      >
        <p>
          They are logged out at once, everywhere, and cannot log in again. Tokens that they made go on
          working.
        </p>
      </Confirm>
    </Panel>
  );
}

interface OperatorRowProps {
  readonly operator: Operator;
  /** There must be one, so nothing about them can change. */
  readonly isLastOwner: boolean;
  readonly choose: (to: Chosen["to"]) => void;
  readonly renew: () => void;
}

function OperatorRow({ operator, isLastOwner, choose, renew }: OperatorRowProps) {
  const ownId = useSession().data?.principal.id;
  const { id, email, name, role, state, seen_at } = operator;
  return (
    <tr>
      <td>
        <div className={classes.who}>
          <strong>{name || email}</strong>
          {id === ownId && <Badge>you</Badge>}
          {state === "invited" && <Badge tone="warn">invited</Badge>}
        </div>
        {name && <div className="quiet">{email}</div>}
      </td>
      <td>
        <Badge tone={ROLE_TONES[role]}>{role}</Badge>
      </td>
      <td>{seen_at === null ? "Never" : <Ago at={seen_at} />}</td>
      <td className={NUMBER_CELL}>
        {isLastOwner ? (
          <span className="quiet">The last owner stays</span>
        ) : (
          <div className={classes.rowActions}>
            <Button small onClick={() => choose("change role")}>
              Change role<span className="visually-hidden"> of {email}</span>
            </Button>
            <Button small onClick={renew}>
              New link<span className="visually-hidden"> for {email}</span>
            </Button>
            <Button small kind="danger" onClick={() => choose("remove")}>
              Remove<span className="visually-hidden"> {email}</span>
            </Button>
          </div>
        )}
      </td>
    </tr>
  );
}

/** Who is only invited is no owner yet. */
function isLastOwner(operator: Operator, all: readonly Operator[]): boolean {
  const owners = all.filter(({ role, state }) => role === "owner" && state === "active");
  return owners.length === 1 && owners[0]?.id === operator.id;
}
