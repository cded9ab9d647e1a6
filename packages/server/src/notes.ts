import type { App, Note } from "@usher/hub";

/**
 * Hears of everything that happens on channels and connections: metrics, the log, whoever else watches.
 *
 * @param frame the client's frame that led to it, as it came; undefined where it was no text frame.
 */
export type NoteListener = (app: App, note: Note, frame?: string) => void;
