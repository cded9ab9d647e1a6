import { useApp } from "../../api/apps.ts";
import { CopyableValues } from "../../ui/copyable-values.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import type { ScreenProps } from "../screens.ts";
import { EnvironmentBlock } from "./environment-block.tsx";
import { KeyPanel } from "./key-panel.tsx";

/** What an app is known by and what it signs with, and the way to a new secret. */
export function Credentials({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const app = useApp(appId);
  return (
    <Page
      title="Credentials"
      lead="The id and the key may be public. A secret belongs on your servers and nowhere else; here only its fingerprint is shown."
    >
      <Loaded query={app}>
        {({ id, keys }) => (
          <>
            <Panel title="This app">
              <CopyableValues
                values={[
                  ["App id", id],
                  ...keys.map(
                    ({ key }, index) => [keys.length === 1 ? "Key" : `Key ${index + 1}`, key] as const,
                  ),
                ]}
              />
              {keys[0] && <EnvironmentBlock appId={id} appKey={keys[0].key} />}
            </Panel>
            {keys.map(({ key }) => (
              <KeyPanel key={key} appId={id} appKey={key} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}
