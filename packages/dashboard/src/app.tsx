import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { Route, Router, Switch } from "wouter";
import { ApiError } from "./api/api-error.ts";
import { BASE } from "./api/place.ts";
import { type Session, useSession } from "./api/session.ts";
import { LogIn } from "./screens/entry/log-in.tsx";
import { FirstRun, Invitation } from "./screens/entry/with-link.tsx";
import { NotFound } from "./screens/not-found.tsx";
import { SCREENS } from "./screens/screens.ts";
import { Shell } from "./shell/shell.tsx";
import { Loaded } from "./ui/loaded.tsx";
import { Loading } from "./ui/state.tsx";
import { Toasts } from "./ui/toasts.tsx";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one however often it is asked again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status > 0),
      staleTime: 5_000,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Router base={BASE}>
        <Toasts>
          <Switch>
            <Route path="/setup">
              <FirstRun />
            </Route>
            <Route path="/invitation">
              <Invitation />
            </Route>
            <Route>
              <Door />
            </Route>
          </Switch>
        </Toasts>
      </Router>
    </QueryClientProvider>
  );
}

function Door() {
  const session = useSession();
  return (
    <Loaded query={session} rows={6}>
      {(data) => (data === null ? <LogIn /> : <Inside session={data} />)}
    </Loaded>
  );
}

function Inside({ session }: { readonly session: Session }) {
  return (
    <Shell session={session}>
      <Switch>
        {SCREENS.map(({ path, screen: Screen }) => (
          <Route key={path} path={path}>
            {(params) => (
              <Suspense fallback={<Loading rows={6} />}>
                <Screen params={params as Readonly<Record<string, string>>} />
              </Suspense>
            )}
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Shell>
  );
}
