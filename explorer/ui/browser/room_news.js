// Waits for news of a class room, and keeps what proves a place in it in the browser's cookie.
// data: {code, held, at, whole}; whole: news runs the whole page
export default function ({ data, parentElement, setTriggerValue }) {
  const { code, held, at, whole } = data;
  const secure = location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the other interface needs TLS, which a class room's laptop has not.
  document.cookie = `bx_room_${code}=${held}; path=/; max-age=28800; samesite=strict${secure}`;
  const send = (news) => setTriggerValue("news", news);
  const room = document.bxRoom;
  if (room && room.code === code && room.held === held && !room.ended) {
    Object.assign(room, { at, parentElement, send });
    return;
  }
  if (room) room.ended = true;
  document.bxRoom = { code, held, at, whole, parentElement, send, ended: false };
  listen(document.bxRoom);
}

// One request after the other; each is answered when something has changed, or after some seconds.
async function listen(room) {
  while (!room.ended) {
    if (!room.parentElement.isConnected) {
      await pause(1000); // the page is being drawn again, or the room was left
      if (!room.parentElement.isConnected) break;
    }
    try {
      const headers = { "x-room-code": room.code, "x-room-held": room.held, "x-room-seen": room.at };
      const answer = await fetch(new URL("_room", location.href), { headers, cache: "no-store" });
      if (!answer.ok) {
        await pause(3000); // too many tabs wait already, or the server is not there yet
        continue;
      }
      const { at } = await answer.json();
      if (at !== room.at) {
        room.at = at;
        if (!room.ended) room.send(at);
      }
      if (at === "over") break;
    } catch {
      // no network, or the server starts again: reconnect.js then runs the page
      await pause(1500);
    }
  }
  room.ended = true;
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
