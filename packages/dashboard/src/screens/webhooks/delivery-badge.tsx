import type { DeliveryState } from "../../api/webhooks.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

const TONES: Readonly<Record<DeliveryState, Tone>> = {
  owed: "warn",
  delivered: "good",
  dead: "bad",
  replayed: "neutral",
};

export function DeliveryBadge({ state }: { readonly state: DeliveryState }) {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}
