import { Link } from "wouter";
import { type Connection, type ConnectionsFilter, useConnections } from "../../api/connections.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { usePaging } from "../../ui/paging.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { SteadyTable } from "../../ui/steady-table.tsx";
import { NUMBER_CELL } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import classes from "./connections.module.css";

const COLUMNS = [
  { title: "Socket id" },
  { title: "User" },
  { title: "Client" },
  { title: "Address" },
  { title: "Channels", isNumber: true },
  { title: "Waiting", isNumber: true },
  { title: "Connected" },
];
const BYTES = new Intl.NumberFormat(undefined, { style: "unit", unit: "byte", notation: "compact" });

interface ConnectionListProps {
  readonly appId: string;
  readonly filter: ConnectionsFilter;
}

/** Those that fit a filter, by socket id and in pages. */
export function ConnectionList({ appId, filter }: ConnectionListProps) {
  const of = JSON.stringify([appId, filter]);
  const paging = usePaging(of);
  const connections = useConnections(appId, filter, paging);
  return (
    <Loaded query={connections} rows={6}>
      {({ items, next_cursor }) =>
        items.length === 0 && paging.number === 1 ? (
          <NoConnections appId={appId} filter={filter} />
        ) : (
          <SteadyTable
            caption="Connections"
            columns={COLUMNS}
            items={items}
            keyOf={({ socket_id }) => socket_id}
            cells={(connection, isGone) => <Cells appId={appId} connection={connection} isGone={isGone} />}
            of={connections.isPlaceholderData ? undefined : `${of} ${paging.cursor ?? ""}`}
            paging={paging}
            nextCursor={next_cursor}
          />
        )
      }
    </Loaded>
  );
}

interface CellsProps {
  readonly appId: string;
  readonly connection: Connection;
  readonly isGone: boolean;
}

function Cells({ appId, connection, isGone }: CellsProps) {
  const { socket_id, user_id, client, address, subscription_count, buffered_bytes, connected_at } =
    connection;
  return (
    <>
      <td>
        <Link
          data-row
          className="mono"
          href={`/apps/${encodeURIComponent(appId)}/connections/${encodeURIComponent(socket_id)}`}
        >
          {socket_id}
        </Link>
      </td>
      <td className={classes.name}>{user_id ?? ""}</td>
      <td>{client}</td>
      <td className="mono">{address ?? ""}</td>
      <td className={NUMBER_CELL}>{whole(subscription_count)}</td>
      <td className={NUMBER_CELL}>{buffered_bytes === 0 ? "" : BYTES.format(buffered_bytes)}</td>
      <td>{isGone ? "ended" : <Ago at={connected_at} />}</td>
    </>
  );
}

function NoConnections({ appId, filter }: ConnectionListProps) {
  if (filter.search !== undefined) {
    return (
      <EmptyState title={`No connection fits ${filter.search}`}>
        <p>
          The beginning of a socket id or an address is enough; the id of a user and the name of a channel
          have to be whole.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nobody is connected">
      <p>
        <Link href={`/apps/${encodeURIComponent(appId)}/connect`}>Connect a client</Link>, and it shows here
        within two seconds.
      </p>
    </EmptyState>
  );
}
