import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useLocation } from "wouter";
import { useApps } from "../api/apps.ts";
import { APP_DESTINATIONS, SERVER_DESTINATIONS } from "./navigation.ts";
import classes from "./palette.module.css";

interface Command {
  readonly value: string;
  readonly label: string;
  readonly about: string;
  readonly path: string;
}

interface PaletteProps {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly appId: string | undefined;
}

/** Goes anywhere by a few letters of its name. */
export function Palette({ isOpen, setOpen, appId }: PaletteProps) {
  const [, navigate] = useLocation();
  const commands = useCommands(appId);
  const go = ({ path }: Command) => {
    setOpen(false);
    navigate(path);
  };
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes.backdrop} />
        <Dialog.Popup className={classes.popup} aria-label="Go to">
          <Autocomplete.Root open inline items={commands} autoHighlight="always" keepHighlight>
            <Autocomplete.Input
              className={classes.input}
              placeholder="Go to an app or a screen"
              aria-label="Go to"
            />
            <Autocomplete.Empty className={classes.empty}>Nothing is called that.</Autocomplete.Empty>
            <Autocomplete.List className={classes.list}>
              {(command: Command) => (
                <Autocomplete.Item
                  key={command.value}
                  value={command}
                  className={classes.item}
                  onClick={() => go(command)}
                >
                  <span>{command.label}</span>
                  <span className="quiet">{command.about}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useCommands(appId: string | undefined): readonly Command[] {
  const apps = useApps().data?.items ?? [];
  const current = apps.find(({ id }) => id === appId);
  const own = current
    ? APP_DESTINATIONS.map(({ title, path }) =>
        command(title, current.name, `/apps/${encodeURIComponent(current.id)}${path}`),
      )
    : [];
  return [
    ...own,
    ...SERVER_DESTINATIONS.map(({ title, path }) => command(title, "Server", path)),
    ...apps.map(({ id, name }) => command(name, `App ${id}`, `/apps/${encodeURIComponent(id)}`)),
  ];
}

function command(label: string, about: string, path: string): Command {
  return { value: `${label} ${about}`, label, about, path };
}
