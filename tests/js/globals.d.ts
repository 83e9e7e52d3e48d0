// What the components keep on the page itself, because it outlives them.
interface Window {
  bxHistory?: boolean;
}
interface Document {
  bxWatched?: boolean;
  bxSection?: string;
}
