import { useAddress } from "../../api/address.ts";
import { useApp } from "../../api/apps.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { useRemembered } from "../../ui/use-remembered.ts";
import type { ScreenProps } from "../screens.ts";
import { Arrivals } from "./arrivals.tsx";
import classes from "./connect.module.css";
import { type Place, placeOf } from "./place.ts";
import { SnippetView } from "./snippet-view.tsx";
import { GROUPS, type Group, SNIPPETS } from "./snippets.ts";

/** How to connect to an app from everything that people connect from, ready to be copied. */
export function Connect({ params: { id = "" } }: ScreenProps) {
  const app = useApp(id);
  const address = useAddress();
  return (
    <Page
      title="Connect"
      lead="Copy, run, and see the connection come in. The key is public and filled in; the secret never is."
    >
      <Loaded query={app} rows={6}>
        {({ keys }) => (
          <Loaded query={address} rows={6}>
            {(at) => {
              const place = placeOf(at, id, keys[0]?.key ?? "");
              return (
                <>
                  <Arrivals key={id} appId={id} />
                  <Where place={place} />
                  <Snippets place={place} />
                </>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Where({ place: { host, port, isTls, pathPrefix, appId, key } }: { readonly place: Place }) {
  const facts: readonly (readonly [string, string])[] = [
    ["App id", appId],
    ["Key", key],
    ["Host", host],
    ["Port", String(port)],
    ["TLS", isTls ? "on" : "off"],
    ...(pathPrefix === "" ? [] : [["Path", pathPrefix] as const]),
  ];
  return (
    <dl className={classes.where}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
            {name !== "TLS" && <CopyButton text={value} what={`the ${name.toLowerCase()}`} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const TITLES: Readonly<Record<Group, string>> = {
  page: "In the page",
  endpoint: "Your endpoint",
  server: "Your server",
  terminal: "Terminal",
};

const TABS = GROUPS.map((value) => ({ value, title: TITLES[value] }));

function Snippets({ place }: { readonly place: Place }) {
  const [group, setGroup] = useRemembered("connect", GROUPS, "page");
  return (
    <Panel title="Snippets">
      <Tabs label="Where it runs" tabs={TABS} value={group} change={setGroup}>
        <SnippetsOf key={group} group={group} place={place} />
      </Tabs>
    </Panel>
  );
}

function SnippetsOf({ group, place }: { readonly group: Group; readonly place: Place }) {
  const snippets = SNIPPETS.filter((snippet) => snippet.group === group);
  const ids = snippets.map(({ id }) => id);
  const [chosen, choose] = useRemembered(`connect.${group}`, ids, ids[0] ?? "");
  const snippet = snippets.find(({ id }) => id === chosen);
  return (
    <Tabs
      isMinor
      label={TITLES[group]}
      tabs={snippets.map(({ id, title }) => ({ value: id, title }))}
      value={chosen}
      change={choose}
    >
      {snippet && <SnippetView snippet={snippet} place={place} />}
    </Tabs>
  );
}
