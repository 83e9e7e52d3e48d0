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
  bxRoom?: {
    code: string;
    held: string;
    at: string;
    whole: boolean;
    parentElement: Element;
    send: (news: string) => void;
    ended: boolean;
  };
  bxLine?: {
    word: string;
    send: (fields: [string, string][]) => void;
    heard: boolean;
    waits: ReturnType<typeof setTimeout> | number;
    socket: WebSocket | null;
    lost: object[] | null;
    typed: WeakSet<object>;
  };
  bxLight?: { key: string; off: () => void };
}
