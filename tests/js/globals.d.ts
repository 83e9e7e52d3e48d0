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
  bxPresenter?: { on: boolean; toggle: () => void; cover: () => void; notes?: (() => void) | null };
  bxCurtain?: string;
  bxNotes?: { channel: BroadcastChannel; now: any; say?: () => void };
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
    asks: ReturnType<typeof setTimeout> | number;
    socket: WebSocket | null;
    lost: object[] | null;
    ran: boolean;
    typed: WeakSet<object>;
    left: Set<object>;
  };
  bxLight?: { key: string; off: () => void };
}
