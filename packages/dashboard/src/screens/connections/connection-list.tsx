import { Link } from "wouter";
import { type Connection, type ConnectionsFilter, useConnections } from "../../api/connections.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Pager, type Paging, usePaging } from "../../ui/paging.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { useSteadyRows } from "../../ui/use-steady-rows.ts";
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
          <Rows
            appId={appId}
            connections={items}
            of={connections.isPlaceholderData ? undefined : `${of} ${paging.cursor ?? ""}`}
            paging={paging}
            nextCursor={next_cursor}
          />
        )
      }
    </Loaded>
  );
}

interface RowsProps {
  readonly appId: string;
  readonly connections: readonly Connection[];
  readonly of: string | undefined;
  readonly paging: Paging;
  readonly nextCursor: string | null;
}

function Rows({ appId, connections, of, paging, nextCursor }: RowsProps) {
  const { rows, waiting, hold } = useSteadyRows(connections, ({ socket_id }) => socket_id, of);
  return (
    <>
      <div {...hold}>
        <Table isStacking caption="Connections" columns={COLUMNS}>
          {rows.map(({ item, isGone }) => (
            <tr key={item.socket_id} data-gone={isGone} className={classes.row}>
              <td>
                <Link
                  data-row
                  className="mono"
                  href={`/apps/${encodeURIComponent(appId)}/connections/${encodeURIComponent(item.socket_id)}`}
                >
                  {item.socket_id}
                </Link>
              </td>
              <td className={classes.name}>{item.user_id ?? ""}</td>
              <td>{item.client}</td>
              <td className="mono">{item.address ?? ""}</td>
              <td className={NUMBER_CELL}>{whole(item.subscription_count)}</td>
              <td className={NUMBER_CELL}>
                {item.buffered_bytes === 0 ? "" : BYTES.format(item.buffered_bytes)}
              </td>
              <td>{isGone ? "ended" : <Ago at={item.connected_at} />}</td>
            </tr>
          ))}
        </Table>
      </div>
      {waiting > 0 && <p className={classes.waiting}>{whole(waiting)} more since you look here</p>}
      <Pager paging={paging} nextCursor={nextCursor} />
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
