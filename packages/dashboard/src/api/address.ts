import { useQuery } from "@tanstack/react-query";
import { request } from "./request.ts";

/** Where clients connect to, as far as the server knows. */
export interface Address {
  /** An origin; null where nobody has configured it. */
  readonly public_url: string | null;
  readonly port: number;
  readonly is_admin_port: boolean;
}

export function useAddress() {
  return useQuery({
    queryKey: ["address"],
    queryFn: () => request<Address>("GET", "/address"),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
