import { Menu, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { BASE } from "../api/place.ts";
import { type Session, useLogOut } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { AppSwitcher } from "./app-switcher.tsx";
import { Keyboard } from "./keyboard.tsx";
import { APP_DESTINATIONS, type Destination, SERVER_DESTINATIONS } from "./navigation.ts";
import { PasswordDialog } from "./password-dialog.tsx";
import classes from "./shell.module.css";
import { ThemePicker } from "./theme-picker.tsx";

interface ShellProps {
  readonly session: Session;
  readonly children: ReactNode;
}

/** What surrounds every screen: where one is, where one can go, who one is. */
export function Shell({ session, children }: ShellProps) {
  const [location] = useLocation();
  const [isMenuOpen, setMenuOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the menu.
  useEffect(() => setMenuOpen(false), [location]);
  const appId = appIdOf(location);
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <header className={classes.topbar}>
        <Wordmark />
        <Button
          kind="quiet"
          aria-expanded={isMenuOpen}
          aria-controls="sidebar"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          {isMenuOpen ? <X aria-hidden /> : <Menu aria-hidden />}
          Menu
        </Button>
      </header>
      <nav id="sidebar" className={classes.sidebar} data-open={isMenuOpen} aria-label="Main">
        <Wordmark />
        {isMenuOpen && (
          <Button kind="quiet" onClick={() => setMenuOpen(false)}>
            <X aria-hidden /> Close menu
          </Button>
        )}
        <AppSwitcher appId={appId} />
        {appId !== undefined && (
          <Destinations title="This app" base={`/apps/${appId}`} destinations={APP_DESTINATIONS} />
        )}
        <Destinations title="Server" base="" destinations={SERVER_DESTINATIONS} />
        <div className={classes.foot}>
          <ThemePicker />
          <Account session={session} />
        </div>
      </nav>
      <Keyboard appId={appId} />
      <PasswordDialog />
      <main id="content" className={classes.content} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Wordmark() {
  return (
    <Link className={classes.wordmark} href="/">
      <img src={`${BASE}/assets/icon.svg`} alt="" />
      Usher
    </Link>
  );
}

interface DestinationsProps {
  readonly title: string;
  readonly base: string;
  readonly destinations: readonly Destination[];
}

function Destinations({ title, base, destinations }: DestinationsProps) {
  const [location] = useLocation();
  return (
    <div>
      <div className={classes.groupTitle}>{title}</div>
      <ul className={classes.group}>
        {destinations.map(({ title: name, path, icon: Icon }) => (
          <li key={name}>
            <Link
              className={classes.link}
              href={`${base}${path}`}
              aria-current={currentOf(location, `${base}${path}`)}
            >
              <Icon aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The screen itself, or one below it, such as that of one channel. */
function currentOf(location: string, link: string): "page" | "true" | undefined {
  if (location === link) return "page";
  // What has no screens of its own below it is a beginning of all others.
  const isRoot = link === "/" || link === "/apps" || /^\/apps\/[^/]+$/.test(link);
  return !isRoot && location.startsWith(`${link}/`) ? "true" : undefined;
}

function Account({ session }: { readonly session: Session }) {
  const logOut = useLogOut();
  const { name, email, role } = session.principal;
  return (
    <div>
      <div>
        {name || email} <span className="quiet">({role})</span>
      </div>
      <Button kind="quiet" small onClick={() => logOut.mutate()}>
        Log out
      </Button>
    </div>
  );
}

/** The app that the address names: `/apps/1234/console` is about `1234`. */
export function appIdOf(location: string): string | undefined {
  const [, root, id] = location.split("/");
  return root === "apps" && id ? decodeURIComponent(id) : undefined;
}
