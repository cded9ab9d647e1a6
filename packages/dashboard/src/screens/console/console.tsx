import { useCallback, useRef, useState } from "react";
import type { ConsoleEntry } from "../../api/console.ts";
import type { EventToSend } from "../../api/events.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Page } from "../../ui/page.tsx";
import type { ScreenProps } from "../screens.ts";
import classes from "./console.module.css";
import { ConsoleBar } from "./console-bar.tsx";
import { EntryDetail } from "./entry-detail.tsx";
import { EntryList } from "./entry-list.tsx";
import { EventCreator } from "./event-creator.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { NothingYet } from "./nothing-yet.tsx";
import { PayloadNote } from "./payload-note.tsx";
import { useConsoleFeed } from "./use-console-feed.ts";
import { useConsoleFilter } from "./use-console-filter.ts";

/** What happens to an app, as it happens, and the events that one sends to see what comes of them. */
export function Console({ params: { id = "" } }: ScreenProps) {
  return <AppConsole key={id} appId={id} />;
}

function AppConsole({ appId }: { readonly appId: string }) {
  const { filter, setFilter, isCreating, setCreating } = useConsoleFilter();
  const [state, feed] = useConsoleFeed(appId, filter);
  const [chosen, setChosen] = useState<ConsoleEntry | undefined>();
  const [replayed, setReplayed] = useState<EventToSend | undefined>();
  const scroller = useRef<HTMLDivElement>(null);
  // Whoever pressed the button wants it paused, wherever they scroll.
  const isHeldByScrolling = useRef(false);
  const role = useSession().data?.principal.role;
  const maySend = isAtLeast(role, "operator");

  const jumpToLive = useCallback(() => {
    isHeldByScrolling.current = false;
    feed.resume();
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [feed]);
  const onLookedBack = useCallback(() => {
    if (feed.state.isPaused) return;
    isHeldByScrolling.current = true;
    feed.pause();
  }, [feed]);
  const onCameBack = useCallback(() => {
    if (isHeldByScrolling.current) jumpToLive();
  }, [jumpToLive]);
  const pause = () => {
    isHeldByScrolling.current = false;
    feed.pause();
  };
  const openCreator = (event?: EventToSend) => {
    setReplayed(event);
    setCreating(true);
  };

  const isEmpty = state.entries.length === 0;
  return (
    <Page
      title="Debug console"
      lead="What happens to this app on the server you are looking at, as it happens."
      actions={
        maySend && (
          <Button kind="primary" onClick={() => openCreator()}>
            Send an event
          </Button>
        )
      }
    >
      <FilterBar appId={appId} filter={filter} setFilter={setFilter} />
      <PayloadNote appId={appId} />
      <ConsoleBar
        appId={appId}
        state={state}
        pause={pause}
        jumpToLive={jumpToLive}
        clear={() => feed.clear()}
      />
      {isEmpty ? (
        <NothingYet
          appId={appId}
          isFiltered={filter.types.length > 0 || filter.query !== ""}
          showAll={() => setFilter({ types: [], query: "" })}
          send={maySend ? () => openCreator() : undefined}
        />
      ) : (
        <div className={classes.panes} data-split={chosen !== undefined}>
          <EntryList
            scroller={scroller}
            entries={state.entries}
            chosenId={chosen?.id}
            choose={setChosen}
            onLookedBack={onLookedBack}
            onCameBack={onCameBack}
          />
          {chosen && (
            <EntryDetail
              appId={appId}
              entry={chosen}
              close={() => setChosen(undefined)}
              replay={maySend ? openCreator : undefined}
            />
          )}
        </div>
      )}
      {maySend && isCreating && (
        <EventCreator appId={appId} given={replayed} close={() => setCreating(false)} />
      )}
    </Page>
  );
}
