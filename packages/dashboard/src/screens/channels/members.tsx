import { useState } from "react";
import { Link } from "wouter";
import { type Member, useMembers } from "../../api/channels.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { type Paging, usePaging } from "../../ui/paging.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SteadyTable } from "../../ui/steady-table.tsx";
import { NUMBER_CELL } from "../../ui/table.tsx";
import { TakeBackDialog } from "../grants/take-back-dialog.tsx";
import classes from "./channels.module.css";

const COLUMNS = [{ title: "User id" }, { title: "User info" }, { title: "Connections", isNumber: true }];

interface MembersProps {
  readonly appId: string;
  readonly channel: string;
}

/** The members of a presence channel, by user id. */
export function Members({ appId, channel }: MembersProps) {
  const paging = usePaging(`${appId} ${channel}`);
  const members = useMembers(appId, channel, paging);
  return (
    <Panel title="Members">
      <Loaded query={members}>
        {({ items, next_cursor }) => (
          <MemberList
            appId={appId}
            channel={channel}
            members={items}
            of={members.isPlaceholderData ? undefined : `${channel} ${paging.cursor ?? ""}`}
            paging={paging}
            nextCursor={next_cursor}
          />
        )}
      </Loaded>
    </Panel>
  );
}

interface MemberListProps extends MembersProps {
  readonly members: readonly Member[];
  readonly of: string | undefined;
  readonly paging: Paging;
  readonly nextCursor: string | null;
}

function MemberList({ appId, channel, members, of, paging, nextCursor }: MemberListProps) {
  const [chosen, setChosen] = useState("");
  const mayChange = useMay("operator");
  return (
    <>
      <SteadyTable
        caption="Members by user id"
        columns={mayChange ? [...COLUMNS, { title: "Actions", isHidden: true }] : COLUMNS}
        items={members}
        keyOf={({ user_id }) => user_id}
        cells={({ user_id, user_info, connections }, isGone) => (
          <>
            <td className={classes.name}>
              <Link
                data-row
                className="mono"
                href={`/apps/${encodeURIComponent(appId)}/connections?search=${encodeURIComponent(user_id)}`}
              >
                {user_id}
              </Link>
            </td>
            <td className={`mono ${classes.info}`}>{user_info === null ? "" : JSON.stringify(user_info)}</td>
            <td className={NUMBER_CELL}>{whole(isGone ? 0 : connections)}</td>
            {mayChange && (
              <td className={NUMBER_CELL}>
                <Button small disabled={isGone} onClick={() => setChosen(user_id)}>
                  Take off<span className="visually-hidden"> {user_id}</span>
                </Button>
              </td>
            )}
          </>
        )}
        of={of}
        paging={paging}
        nextCursor={nextCursor}
      />
      <TakeBackDialog
        appId={appId}
        title="Take a member off the channel"
        about={{ channel, userId: chosen }}
        kinds={["now", "not_before"]}
        isOpen={chosen !== ""}
        close={() => setChosen("")}
      />
    </>
  );
}
