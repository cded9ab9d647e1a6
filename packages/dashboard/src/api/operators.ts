import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { InvitationAnswer, OperatorAnswer } from "@usher/server/admin-types";
import type { Items } from "./apps.ts";
import { withReauthentication } from "./reauthentication.ts";
import { request } from "./request.ts";
import type { Role } from "./session.ts";

export type Operator = OperatorAnswer;

/** Its link is good once, and known in this answer only. */
export type Invitation = InvitationAnswer;

const OPERATORS = ["operators"];
const MOST_OPERATORS = 500;

export function useOperators(isWanted: boolean) {
  return useQuery({
    queryKey: OPERATORS,
    queryFn: () => request<Items<Operator>>("GET", `/operators?limit=${MOST_OPERATORS}`),
    enabled: isWanted,
  });
}

export function useInvite() {
  return useOperatorChange((person: { readonly email: string; readonly role: Role }) =>
    request<Invitation>("POST", "/operators", person),
  );
}

/** Makes a new link, for an invitation or a password that was lost; the former one is void. */
export function useRenewInvitation() {
  return useOperatorChange((id: string) => request<Invitation>("POST", `${operatorPath(id)}/invitation`));
}

export function useChangeRole() {
  return useOperatorChange(({ id, role }: { readonly id: string; readonly role: Role }) =>
    request<Operator>("PATCH", operatorPath(id), { role }),
  );
}

export function useRemoveOperator() {
  return useOperatorChange((id: string) => request("DELETE", operatorPath(id)));
}

function useOperatorChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (given: Given) => withReauthentication(() => change(given)),
    // Somebody's own role may have changed with it.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: OPERATORS }),
        client.invalidateQueries({ queryKey: ["session"] }),
      ]),
    // A one-time link that was looked at does not stay in memory.
    gcTime: 0,
  });
}

function operatorPath(id: string): string {
  return `/operators/${encodeURIComponent(id)}`;
}
