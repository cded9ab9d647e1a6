import { quoteFrame } from "./lines.ts";

/** What a topic reaches that is no WebSocket. */
export interface TopicMember {
  /** @param quoted a frame as a JSON string. */
  push(quoted: string): void;
}

/**
 * The topics of HTTP sessions, which the engine's own topics cannot hold. While there is no session, an event costs a look
 * at `joined` and nothing else.
 */
export class SessionTopics {
  /** Memberships of all sessions together. */
  joined = 0;
  readonly #topics = new Map<string, Set<TopicMember>>();

  join(topic: string, member: TopicMember): void {
    const members = this.#topics.get(topic) ?? new Set();
    if (members.has(member)) return;
    this.#topics.set(topic, members.add(member));
    this.joined++;
  }

  leave(topic: string, member: TopicMember): void {
    const members = this.#topics.get(topic);
    if (!members?.delete(member)) return;
    this.joined--;
    if (members.size === 0) this.#topics.delete(topic);
  }

  /** Hands a frame to every session on the topic but `except`. The text is encoded once however many they are. */
  publish(topic: string, text: string, except: object | undefined): void {
    const members = this.#topics.get(topic);
    if (!members) return;
    const quoted = quoteFrame(text);
    for (const member of members) if (member !== except) member.push(quoted);
  }
}
