import { useSearchParams } from "wouter";
import { useMay } from "../../api/session.ts";
import { Page } from "../../ui/page.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import type { ScreenProps } from "../screens.ts";
import { AskEndpoint } from "./ask-endpoint.tsx";
import { LastRefusals } from "./last-refusals.tsx";
import { PasteIn } from "./paste-in.tsx";

const WAYS = ["refusals", "paste", "endpoint"] as const;
type Way = (typeof WAYS)[number];

/** Why something was refused, which check failed, and how to mend it. */
export function Doctor({ params: { id = "" } }: ScreenProps) {
  return <AppDoctor key={id} appId={id} />;
}

function AppDoctor({ appId }: { readonly appId: string }) {
  const [search, setSearch] = useSearchParams();
  const mayAsk = useMay("operator");
  const chosen = WAYS.find((way) => way === search.get("way"));
  const way = chosen === undefined || (chosen === "endpoint" && !mayAsk) ? "refusals" : chosen;
  const tabs: readonly { readonly value: Way; readonly title: string }[] = [
    { value: "refusals", title: "Last refusals" },
    { value: "paste", title: "Paste" },
    ...(mayAsk ? [{ value: "endpoint", title: "Ask an endpoint" } as const] : []),
  ];
  return (
    <Page
      title="Auth doctor"
      lead="Why was this refused? Which check failed, with which secret, and how to mend it."
    >
      <Tabs
        label="What is to be looked at"
        tabs={tabs}
        value={way}
        change={(value) => setSearch({ way: value })}
      >
        {way === "refusals" && <LastRefusals appId={appId} />}
        {way === "paste" && <PasteIn appId={appId} />}
        {way === "endpoint" && <AskEndpoint appId={appId} />}
      </Tabs>
    </Page>
  );
}
