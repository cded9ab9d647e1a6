import { useSearchParams } from "wouter";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { useSettled } from "../../ui/use-settled.ts";
import type { ScreenProps } from "../screens.ts";
import { ConnectionList } from "./connection-list.tsx";

/** Who is connected, found by whatever is known of them. */
export function Connections({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const [parameters, setParameters] = useSearchParams();
  const typed = parameters.get("search") ?? "";
  const search = useSettled(typed.trim());
  const change = (value: string) => setParameters(value === "" ? {} : { search: value }, { replace: true });
  return (
    <Page title="Connections" lead="Who is connected right now, to the server that answers.">
      <Panel
        title="Open"
        actions={
          <SearchField
            label="Search by socket id, user id, address or channel"
            placeholder="Socket id, user id, address or channel"
            value={typed}
            change={change}
          />
        }
      >
        <ConnectionList appId={appId} filter={search === "" ? {} : { search }} />
      </Panel>
    </Page>
  );
}
