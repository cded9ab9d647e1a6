import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SessionAnswer, SetupAnswer } from "@usher/server/admin-types";
import { ApiError } from "./api-error.ts";
import { BASE } from "./place.ts";
import { rememberCsrfToken, request } from "./request.ts";

export type Session = SessionAnswer;
export type Role = Session["principal"]["role"];

export type Setup = SetupAnswer;

const SESSION = ["session"];

/** `null` while nobody is logged in. */
export function useSession() {
  return useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: 60_000 });
}

async function readSession(): Promise<Session | null> {
  try {
    const session = await request<Session>("GET", "/session");
    if (session.csrf_token !== null) rememberCsrfToken(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export function useSetup() {
  return useQuery({ queryKey: ["setup"], queryFn: () => request<Setup>("GET", "/setup") });
}

/** Logs in, or does what else ends in a session: the first run, an invitation. */
export function useEnter(path: "/session" | "/setup" | "/invitations/accept") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Readonly<Record<string, string>>) => request("POST", path, body),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Ends the session and starts the page anew, so that nothing of what was seen stays in memory. */
export function useLogOut() {
  return useMutation({
    mutationFn: () => request("DELETE", "/session"),
    onSuccess: () => location.assign(`${BASE}/`),
  });
}

/** @see isAtLeast */
export function useMay(needed: Role): boolean {
  return isAtLeast(useSession().data?.principal.role, needed);
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, owner: 2 };

/** May somebody of this role do what needs that one? The server decides; this only hides what would be refused. */
export function isAtLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}
