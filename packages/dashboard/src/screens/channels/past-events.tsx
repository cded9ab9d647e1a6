import { Link } from "wouter";
import { usePastEvents } from "../../api/channels.ts";
import { useSettings } from "../../api/settings.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Panel } from "../../ui/panel.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";

const COLUMNS = [
  { title: "Serial", isNumber: true },
  { title: "Event" },
  { title: "Data" },
  { title: "Characters", isNumber: true },
  { title: "Sent" },
];

interface PastEventsProps {
  readonly appId: string;
  readonly channel: string;
}

/** What a channel keeps for clients that come back, where the app has it keep anything. */
export function PastEvents({ appId, channel }: PastEventsProps) {
  const settings = useSettings(appId);
  const prefixes = settings.data?.items.find(({ name }) => name === "history_prefixes")?.effective;
  if (!Array.isArray(prefixes)) return null;
  const isKept = prefixes.some((prefix) => prefix === "*" || channel.startsWith(prefix));
  if (isKept) return <Kept appId={appId} channel={channel} />;
  return (
    <Panel title="What it keeps">
      <p className="quiet">
        No events: the setting{" "}
        <Link href={`/apps/${encodeURIComponent(appId)}/settings`}>history_prefixes</Link> does not cover this
        channel.
      </p>
    </Panel>
  );
}

function Kept({ appId, channel }: PastEventsProps) {
  const events = usePastEvents(appId, channel);
  return (
    <Panel title="What it keeps">
      <Loaded query={events}>
        {({ items, epoch, first_serial, last_serial }) =>
          items.length === 0 ? (
            <p className="quiet">No event has been sent since it keeps them.</p>
          ) : (
            <>
              <p className="quiet">
                Events {whole(first_serial)} to {whole(last_serial)} of epoch <code>{epoch}</code>, the latest
                first.
              </p>
              <Table caption="Events that the channel keeps" columns={COLUMNS} isStacking>
                {items.map(({ serial, name, data, size, time }) => (
                  <tr key={serial}>
                    <td className={NUMBER_CELL}>{whole(serial)}</td>
                    <td className="mono">{name}</td>
                    <td className="mono">{data ?? <span className="quiet">not shown</span>}</td>
                    <td className={NUMBER_CELL}>{whole(size)}</td>
                    <td>
                      <Ago at={time} />
                    </td>
                  </tr>
                ))}
              </Table>
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
