// What the components keep on the page itself, because it outlives them.
interface Window {
  bxHistory?: boolean;
  bxClicker?: boolean;
}
interface Document {
  bxWatched?: boolean;
  bxSection?: string;
  bxStop?: string;
  bxLesson?: { forward: () => void; backward: () => void } | null;
  bxLight?: { key: string; off: () => void };
}
