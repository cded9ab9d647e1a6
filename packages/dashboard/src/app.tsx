import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Route, Router, Switch } from "wouter";
import { ApiError } from "./api/api-error.ts";
import { BASE } from "./api/place.ts";
import { type Session, useSession } from "./api/session.ts";
import { LogIn } from "./screens/entry/log-in.tsx";
import { NotFound } from "./screens/not-found.tsx";
import { SCREENS } from "./screens/screens.ts";
import { Shell } from "./shell/shell.tsx";
import { Loaded } from "./ui/loaded.tsx";

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
        <Door />
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
            {(params) => <Screen params={params as Readonly<Record<string, string>>} />}
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Shell>
  );
}
