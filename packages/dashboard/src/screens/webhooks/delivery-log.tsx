import { useState } from "react";
import { useSearchParams } from "wouter";
import { type Delivery, type DeliveryState, useDeliveries, type Webhook } from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Pager, usePaging } from "../../ui/paging.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { useSettled } from "../../ui/use-settled.ts";
import { DeliveryBadge } from "./delivery-badge.tsx";
import { DeliveryDialog } from "./delivery-dialog.tsx";
import { ReplayDialog } from "./replay-dialog.tsx";
import classes from "./webhooks.module.css";

interface DeliveryLogProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly mayChange: boolean;
}

const COLUMNS = [
  { title: "State" },
  { title: "Event" },
  { title: "Channel" },
  { title: "Made" },
  { title: "Sent", isNumber: true },
  { title: "Next try" },
];

const STATES: readonly (readonly [DeliveryState | "", string])[] = [
  ["", "all"],
  ["owed", "owed"],
  ["delivered", "delivered"],
  ["dead", "dead"],
  ["replayed", "dead and replayed"],
];

/** What an endpoint was sent and is to be sent, and the way to send it again. */
export function DeliveryLog({ appId, webhook, mayChange }: DeliveryLogProps) {
  const [search, setSearch] = useSearchParams();
  const [isReplaying, setReplaying] = useState(false);
  const state = STATES.find(([name]) => name === search.get("state"))?.[0] || undefined;
  const typed = search.get("channel") ?? "";
  const channel = useSettled(typed);
  const opened = search.get("delivery");
  const paging = usePaging(`${state} ${channel}`);
  const deliveries = useDeliveries(appId, webhook.id, { state, channel }, paging);
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  return (
    <Panel
      title="Deliveries"
      actions={
        <>
          <select
            className={classes.select}
            aria-label="State"
            value={state ?? ""}
            onChange={(event) => set("state", event.target.value)}
          >
            {STATES.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
          <SearchField
            label="Only this channel"
            placeholder="Exactly this channel"
            value={typed}
            change={(value) => set("channel", value)}
          />
          {mayChange && <Button onClick={() => setReplaying(true)}>Replay several</Button>}
        </>
      }
    >
      <Loaded query={deliveries} rows={6}>
        {({ items, next_cursor }) =>
          items.length === 0 && paging.number === 1 ? (
            <NoDeliveries isFiltered={state !== undefined || channel !== ""} />
          ) : (
            <>
              <Table caption="The newest first" columns={COLUMNS}>
                {items.map((delivery) => (
                  <Row key={delivery.id} delivery={delivery} open={() => set("delivery", delivery.id)} />
                ))}
              </Table>
              <Pager paging={paging} nextCursor={next_cursor} />
            </>
          )
        }
      </Loaded>
      {opened !== null && (
        <DeliveryDialog
          appId={appId}
          webhook={webhook}
          deliveryId={opened}
          mayChange={mayChange}
          close={() => set("delivery", "")}
        />
      )}
      {isReplaying && <ReplayDialog appId={appId} webhook={webhook} close={() => setReplaying(false)} />}
    </Panel>
  );
}

function Row({ delivery, open }: { readonly delivery: Delivery; readonly open: () => void }) {
  const { state, event, created_at, attempts, next_try_at } = delivery;
  return (
    <tr>
      <td>
        <DeliveryBadge state={state} />
      </td>
      <td>
        <button type="button" className={classes.open} data-row onClick={open}>
          {event.name}
        </button>
      </td>
      <td className={classes.channel}>{event.channel}</td>
      <td className={classes.when}>
        <Ago at={created_at} />
      </td>
      <td className={NUMBER_CELL}>{whole(attempts)}</td>
      <td className={classes.when}>{next_try_at !== null && <Ago at={next_try_at} />}</td>
    </tr>
  );
}

function NoDeliveries({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState title="No delivery is like that">
        <p>Choose another state, or another channel; its name has to be the whole one.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing was owed to it yet">
      <p>
        As soon as a client subscribes to a channel that this endpoint is told of, its delivery is here.
        Delivered ones are kept for three days, dead ones for thirty. A test is sent at once and is not kept.
      </p>
    </EmptyState>
  );
}
