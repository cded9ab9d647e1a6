import type { App, Note } from "@usher/hub";

/** Hears of everything that happens on channels and connections: metrics, the log, whoever else watches. */
export type NoteListener = (app: App, note: Note) => void;
