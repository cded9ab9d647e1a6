import { type KeyboardEvent, useState } from "react";
import { type EventToSend, eventAsCurl, eventAsTrigger, useSendEvent } from "../../api/events.ts";
import { useSettings } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import classes from "./console.module.css";
import { DataField } from "./data-field.tsx";
import {
  channelsOf,
  draftOf,
  EMPTY_DRAFT,
  type EventDraft,
  type EventLimits,
  eventOf,
  isComplete,
  problemsOf,
} from "./event-draft.ts";
import { useEventMemory } from "./event-memory.ts";
import { RememberedEvents } from "./remembered-events.tsx";
import { SentNote } from "./sent-note.tsx";

interface EventCreatorProps {
  readonly appId: string;
  /** An event to begin with: one that is sent again. */
  readonly given: EventToSend | undefined;
  readonly close: () => void;
}

/** Sends events, as the app's server would or as one of its clients. */
export function EventCreator({ appId, given, close }: EventCreatorProps) {
  const [draft, setDraft] = useState<EventDraft>(() => (given ? draftOf(given) : EMPTY_DRAFT));
  // What came from the console may be anybody's; only what was typed here is remembered.
  const [isTyped, setTyped] = useState(given === undefined);
  const memory = useEventMemory(appId);
  const limits = useEventLimits(appId);
  const send = useSendEvent(appId);
  const problems = problemsOf(draft, limits);
  const maySend = isComplete(draft) && Object.keys(problems).length === 0 && !send.isPending;
  const change = (changes: Partial<EventDraft>) => {
    setDraft({ ...draft, ...changes });
    if (changes.data !== undefined) setTyped(true);
  };
  const submit = () => {
    if (!maySend) return;
    if (isTyped) memory.remember(draft);
    send.mutate(eventOf(draft));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  const isClient = draft.kind === "client";
  const channels = channelsOf(draft);
  return (
    <Dialog title="Send an event" isOpen close={close} isWide>
      <form
        className={classes.creator}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        onKeyDown={onKeyDown}
      >
        <RememberedEvents
          memory={memory}
          draft={draft}
          mayKeep={isTyped && isComplete(draft)}
          take={(taken) => {
            setDraft(taken);
            setTyped(true);
          }}
        />
        <SelectField
          label="Send it as"
          value={draft.kind}
          onChange={(event) => change({ kind: event.target.value === "client" ? "client" : "api" })}
        >
          <option value="api">your server, through the API</option>
          <option value="client">a client, to the others on a channel</option>
        </SelectField>
        <div className={classes.creatorRow}>
          <TextField
            label={isClient ? "Channel" : "Channels"}
            value={draft.channels}
            problem={problems.channels}
            hint={isClient ? "private- or presence-" : "With commas between"}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ channels: event.target.value })}
          />
          <TextField
            label="Event"
            value={draft.event}
            problem={problems.event}
            placeholder={isClient ? "client-typing" : "order-shipped"}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ event: event.target.value })}
          />
        </div>
        {channels.some((channel) => channel.startsWith("private-encrypted-")) && (
          <p className={classes.warning} role="status">
            Only your own server has the key of an encrypted channel. What you send from here is passed on as
            it is, and clients cannot decrypt it.
          </p>
        )}
        <DataField
          data={draft.data}
          limitBytes={limits.dataBytes}
          problem={problems.data}
          change={(data) => change({ data })}
        />
        <div className={classes.creatorRow}>
          {isClient ? (
            <TextField
              label="From the user"
              value={draft.userId}
              hint="Its id; needed on presence channels"
              autoComplete="off"
              onChange={(event) => change({ userId: event.target.value })}
            />
          ) : (
            <>
              <TextField
                label="Leave out a connection"
                value={draft.exceptSocketId}
                placeholder="1234.5678"
                hint="Its socket id; that one does not receive the event"
                autoComplete="off"
                onChange={(event) => change({ exceptSocketId: event.target.value })}
              />
              <label className={classes.check}>
                <input
                  type="checkbox"
                  checked={draft.wantsCounts}
                  onChange={(event) => change({ wantsCounts: event.target.checked })}
                />
                Ask how many are on each channel
              </label>
            </>
          )}
        </div>
        {send.error && <Failed error={send.error} />}
        {send.data && send.variables && <SentNote event={send.variables} sent={send.data} />}
        <DialogActions>
          <Commands appId={appId} event={isComplete(draft) ? eventOf(draft) : undefined} />
          <Button onClick={close}>Close</Button>
          <Button kind="primary" type="submit" disabled={!maySend} title="Ctrl+Enter">
            Send
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Commands({ appId, event }: { readonly appId: string; readonly event: EventToSend | undefined }) {
  if (!event) return null;
  const trigger = eventAsTrigger(appId, event);
  return (
    <div className={classes.commands}>
      <CopyButton text={eventAsCurl(appId, event)} what="it as a curl command" label="curl" />
      {trigger !== undefined && (
        <CopyButton text={trigger} what="it as a usher trigger command" label="usher trigger" />
      )}
    </div>
  );
}

/** The app's own, as soon as they are known; the server checks all the same. */
function useEventLimits(appId: string): EventLimits {
  const settings = useSettings(appId).data?.items;
  const limit = (name: string) => {
    const value = settings?.find((setting) => setting.name === name)?.effective;
    return typeof value === "number" ? value : Number.POSITIVE_INFINITY;
  };
  return {
    dataBytes: limit("data_limit"),
    nameLength: limit("event_name_length"),
    channels: limit("channels_per_event"),
  };
}
