import { fail, ok, type SocketId } from "@usher/protocol";
import type { Answer } from "./answer.ts";
import type { Credentials } from "./credentials.ts";
import { explainDecision } from "./explain.ts";
import type { ResolvedOptions } from "./options.ts";
import { FORBIDDEN, malformed } from "./refusal.ts";
import { signAllowed } from "./sign-answer.ts";

export interface ChannelRequest<User> {
  readonly request: Request;
  readonly socketId: SocketId;
  readonly channel: string;
  readonly user: User;
}

/** Decides about one channel and signs if the rules allow it. @throws what the rules throw. */
export async function authorizeChannel<User, Context>(
  { channels, development, onWarning }: ResolvedOptions<User, Context>,
  credentials: Credentials,
  { request, socketId, channel, user }: ChannelRequest<User>,
): Promise<Answer> {
  const decision = await channels.decide(channel, user, { request, socketId });
  if (decision.allowed) return ok(await signAllowed(credentials, socketId, channel, decision));
  if (development) {
    onWarning(
      explainDecision(
        channel,
        decision,
        channels.rules.map(({ pattern }) => pattern),
      ),
    );
  }
  switch (decision.reason) {
    case "channel_invalid":
      return fail(malformed("channel_name", "must be 1 to 200 of the characters A-Z a-z 0-9 _ - = @ , . ;"));
    case "channel_public":
      return fail(
        malformed(
          "channel_name",
          "must begin with private- or presence-; other channels need no authorization",
        ),
      );
    default:
      return fail(FORBIDDEN);
  }
}
