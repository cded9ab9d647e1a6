import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type App, useApp, useUpdateApp } from "../../api/apps.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { type Setting, useSettings } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { say } from "../../ui/toasts.tsx";
import type { ScreenProps } from "../screens.ts";
import { AppItself } from "./app-itself.tsx";
import { changed, type Draft, drafted, patchOf } from "./draft.ts";
import { SaveDialog } from "./save-dialog.tsx";
import { SettingRow } from "./setting-row.tsx";
import classes from "./settings.module.css";

const GROUPS: readonly (readonly [Setting["group"], string])[] = [
  ["features", "What clients may do"],
  ["connections", "Connections"],
  ["limits", "How much"],
  ["compatibility", "Compatibility"],
];

const NOTHING: Draft = new Map();

/** An app's settings: what is inherited, what is its own, and what would change before it does. */
export function Settings({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const app = useApp(appId);
  const settings = useSettings(appId);
  const [filter, setFilter] = useState("");
  return (
    <Page
      title="Settings"
      lead="Each setting inherits the server's default until it is given a value of its own. Changes are in effect on every node in under a second."
      actions={
        <SearchField
          label="Filter the settings"
          placeholder="Name or words of a setting"
          value={filter}
          change={setFilter}
        />
      }
    >
      <Loaded query={settings} rows={8}>
        {({ items }) => <Editor appId={appId} settings={items} filter={filter} />}
      </Loaded>
      <Loaded query={app}>{(data: App) => <AppItself app={data} />}</Loaded>
    </Page>
  );
}

interface EditorProps {
  readonly appId: string;
  readonly settings: readonly Setting[];
  /** What the name or the description of those that are shown holds. */
  readonly filter: string;
}

function Editor({ appId, settings, filter }: EditorProps) {
  const [draft, setDraft] = useState(NOTHING);
  const [isSaving, setSaving] = useState(false);
  const update = useUpdateApp(appId);
  const client = useQueryClient();
  const mayEdit = isAtLeast(useSession().data?.principal.role, "operator");
  const save = () =>
    update.mutate(
      { settings: patchOf(draft) },
      {
        onSuccess: async () => {
          await client.invalidateQueries({ queryKey: ["apps", appId, "settings"] });
          setDraft(NOTHING);
          setSaving(false);
          say("The settings are saved");
        },
      },
    );
  const shown = settings.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(filter.trim().toLowerCase()),
  );
  const groups = GROUPS.filter(([group]) => shown.some((setting) => setting.group === group));
  return (
    <>
      {groups.length === 0 && (
        <EmptyState title="No setting is called that">
          <p>Clear the filter to see them all.</p>
        </EmptyState>
      )}
      {groups.map(([group, title]) => (
        <Panel key={group} title={title}>
          <ul className={classes.rows}>
            {shown
              .filter((setting) => setting.group === group)
              .map((setting) => (
                <SettingRow
                  key={setting.name}
                  setting={setting}
                  drafted={drafted(draft, setting)}
                  isChanged={draft.has(setting.name)}
                  isReadOnly={!mayEdit}
                  change={(change) => setDraft((before) => changed(before, setting, change))}
                />
              ))}
          </ul>
        </Panel>
      ))}
      {draft.size > 0 && (
        <div className={classes.bar} role="status">
          <span>
            {draft.size} {draft.size === 1 ? "setting is" : "settings are"} changed and not saved
          </span>
          <Button onClick={() => setDraft(NOTHING)}>Put them back</Button>
          <Button kind="primary" onClick={() => setSaving(true)}>
            Look over and save
          </Button>
        </div>
      )}
      <SaveDialog
        isOpen={isSaving}
        close={() => setSaving(false)}
        settings={settings}
        draft={draft}
        error={update.error}
        isPending={update.isPending}
        save={save}
      />
    </>
  );
}
