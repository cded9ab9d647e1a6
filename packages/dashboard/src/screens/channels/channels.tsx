import { Link, useSearchParams } from "wouter";
import { type Channel, useChannels } from "../../api/channels.ts";
import { ChannelKind } from "../../ui/channel-kind.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { usePaging } from "../../ui/paging.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { SteadyTable } from "../../ui/steady-table.tsx";
import { NUMBER_CELL } from "../../ui/table.tsx";
import { useSettled } from "../../ui/use-settled.ts";
import type { ScreenProps } from "../screens.ts";
import classes from "./channels.module.css";

const COLUMNS = [
  { title: "Channel" },
  { title: "Kind" },
  { title: "Connections", isNumber: true },
  { title: "Users", isNumber: true },
];

/** The channels that somebody is on. */
export function Channels({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const [search, setSearch] = useSearchParams();
  const typed = search.get("prefix") ?? "";
  const prefix = useSettled(typed);
  const paging = usePaging(`${appId} ${prefix}`);
  const channels = useChannels(appId, prefix, paging);
  const change = (value: string) => setSearch(value === "" ? {} : { prefix: value }, { replace: true });
  return (
    <Page title="Channels" lead="Those that somebody is on right now, on the server that answers.">
      <Panel
        title="Occupied"
        actions={
          <SearchField
            label="Filter by the beginning of the name"
            placeholder="Begins with, such as presence-"
            value={typed}
            change={change}
          />
        }
      >
        <Loaded query={channels} rows={6}>
          {({ items, next_cursor }) =>
            items.length === 0 && paging.number === 1 ? (
              <NoChannels appId={appId} prefix={prefix} />
            ) : (
              <SteadyTable
                caption="Channels"
                columns={COLUMNS}
                items={items}
                keyOf={({ name }) => name}
                cells={(channel, isGone) => <Cells appId={appId} channel={channel} isGone={isGone} />}
                of={channels.isPlaceholderData ? undefined : `${prefix} ${paging.cursor ?? ""}`}
                paging={paging}
                nextCursor={next_cursor}
              />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

interface CellsProps {
  readonly appId: string;
  readonly channel: Channel;
  readonly isGone: boolean;
}

function Cells({ appId, channel, isGone }: CellsProps) {
  const { name, subscription_count, user_count } = channel;
  return (
    <>
      <td className={classes.name}>
        <Link
          data-row
          className="mono"
          href={`/apps/${encodeURIComponent(appId)}/channels/${encodeURIComponent(name)}`}
        >
          {name}
        </Link>
      </td>
      <td>
        <span className={classes.kinds}>
          <ChannelKind name={name} />
        </span>
      </td>
      <td className={NUMBER_CELL}>{whole(isGone ? 0 : subscription_count)}</td>
      <td className={NUMBER_CELL}>{user_count === null ? "" : whole(isGone ? 0 : user_count)}</td>
    </>
  );
}

function NoChannels({ appId, prefix }: { readonly appId: string; readonly prefix: string }) {
  if (prefix !== "") {
    return (
      <EmptyState title={`Nobody is on a channel that begins with ${prefix}`}>
        <p>Names are compared letter by letter, from the first. Clear the filter to see all.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nobody is on any channel">
      <p>
        A channel is here as long as a client is subscribed to it.{" "}
        <Link href={`/apps/${encodeURIComponent(appId)}/connect`}>Connect a client</Link>, and this list fills
        by itself.
      </p>
    </EmptyState>
  );
}
