import { useLocation } from "wouter";
import { useApps } from "../api/apps.ts";
import { SelectField } from "../ui/field.tsx";

/** Goes from one app to another and keeps the screen. */
export function AppSwitcher({ appId }: { readonly appId: string | undefined }) {
  const [location, navigate] = useLocation();
  const apps = useApps();
  const go = (id: string) => {
    const screen = appId === undefined ? "" : location.split("/").slice(3, 4).join("/");
    navigate(id === "" ? "/apps" : `/apps/${encodeURIComponent(id)}${screen ? `/${screen}` : ""}`);
  };
  return (
    <SelectField label="App" value={appId ?? ""} onChange={(event) => go(event.target.value)}>
      <option value="">All apps</option>
      {apps.data?.items.map(({ id, name }) => (
        <option key={id} value={id}>
          {name} ({id})
        </option>
      ))}
    </SelectField>
  );
}
