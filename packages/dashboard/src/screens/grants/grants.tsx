import { useState } from "react";
import { Link } from "wouter";
import { type Restriction, useLiftRestriction, useRestrictions } from "../../api/grants.ts";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import type { ScreenProps } from "../screens.ts";
import classes from "./grants.module.css";
import { outcomeOf } from "./outcome.ts";
import { TakeBackForm } from "./take-back-form.tsx";

/** What was taken back and still holds, and the way to take back more. */
export function Grants({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const restrictions = useRestrictions(appId);
  const [outcome, setOutcome] = useState("");
  const mayChange = useMay("operator");
  return (
    <Page
      title="Grants"
      lead="What your server signs for a client holds as long as its connection. Here it is ended sooner."
    >
      <Panel title="In force">
        <Loaded query={restrictions}>
          {({ items }) => <Restrictions appId={appId} restrictions={items} mayLift={mayChange} />}
        </Loaded>
      </Panel>
      {mayChange && (
        <Panel title="Take grants back">
          <TakeBackForm appId={appId} done={(revoked) => setOutcome(outcomeOf(revoked))} />
          <p role="status" className={outcome === "" ? "" : classes.outcome}>
            {outcome}
          </p>
        </Panel>
      )}
    </Page>
  );
}

const COLUMNS = [
  { title: "What" },
  { title: "Whom it concerns" },
  { title: "Ends" },
  { title: "Actions", isHidden: true },
];

interface RestrictionsProps {
  readonly appId: string;
  readonly restrictions: readonly Restriction[];
  readonly mayLift: boolean;
}

function Restrictions({ appId, restrictions, mayLift }: RestrictionsProps) {
  const [chosen, setChosen] = useState<Restriction | undefined>();
  const lift = useLiftRestriction(appId);
  if (restrictions.length === 0) {
    return (
      <EmptyState title="Nobody is banned, and no signature is too old">
        <p>Bans, and times before which signatures do not count, are listed here until they end.</p>
      </EmptyState>
    );
  }
  const run = () => {
    if (!chosen) return;
    lift.mutate(chosen.id, { onSuccess: () => say("Lifted"), onError: sayFailed });
    setChosen(undefined);
  };
  return (
    <>
      <Table isStacking caption="Bans and watermarks" columns={mayLift ? COLUMNS : COLUMNS.slice(0, 3)}>
        {restrictions.map((restriction) => (
          <tr key={restriction.id}>
            <td>
              <Kind restriction={restriction} />
            </td>
            <td>
              <Concerned appId={appId} restriction={restriction} />
            </td>
            <td>
              <End restriction={restriction} />
            </td>
            {mayLift && (
              <td className={NUMBER_CELL}>
                <Button small onClick={() => setChosen(restriction)}>
                  Lift<span className="visually-hidden"> {nameOf(restriction)}</span>
                </Button>
              </td>
            )}
          </tr>
        ))}
      </Table>
      <Confirm
        title={chosen ? `Lift ${nameOf(chosen)}` : "Lift"}
        isOpen={chosen !== undefined}
        close={() => setChosen(undefined)}
        action="Lift it"
        run={run}
      >
        <p>
          {chosen?.kind === "ban"
            ? "The user may come back. No client tries by itself: pages call connect(), or are loaded again."
            : "Older signatures count again, for connections that are still open. Nobody is disconnected."}
        </p>
      </Confirm>
    </>
  );
}

function Kind({ restriction }: { readonly restriction: Restriction }) {
  return restriction.kind === "ban" ? <Badge tone="bad">ban</Badge> : <Badge tone="warn">not before</Badge>;
}

function Concerned({ appId, restriction }: { readonly appId: string; readonly restriction: Restriction }) {
  const { user_id: userId } = restriction;
  const channel = restriction.kind === "not_before" ? restriction.channel : null;
  const base = `/apps/${encodeURIComponent(appId)}`;
  return (
    <div>
      {userId !== null && (
        <>
          User <Link href={`${base}/connections?search=${encodeURIComponent(userId)}`}>{userId}</Link>
        </>
      )}
      {userId !== null && channel !== null && " on "}
      {channel !== null && <Link href={`${base}/channels/${encodeURIComponent(channel)}`}>{channel}</Link>}
      {userId === null && channel === null && "The whole app"}
      {restriction.kind === "ban" && restriction.reason !== null && (
        <div className="quiet">{restriction.reason}</div>
      )}
    </div>
  );
}

function End({ restriction }: { readonly restriction: Restriction }) {
  if (restriction.kind === "ban" && restriction.until !== null) return <Ago at={restriction.until} />;
  return (
    <>
      When it is lifted
      {restriction.kind === "not_before" && (
        <div className="quiet">
          set <Ago at={restriction.at} />
        </div>
      )}
    </>
  );
}

function nameOf(restriction: Restriction): string {
  return restriction.kind === "ban" ? `the ban of ${restriction.user_id}` : "the watermark";
}
