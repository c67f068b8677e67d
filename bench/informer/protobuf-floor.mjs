// The floor of protobuf: the same bytes read off the socket and split by their lengths. usage: node protobuf-floor.mjs URL
import http from 'node:http';

const [url] = process.argv.slice(2);
const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const headers = { accept: 'application/vnd.kubernetes.protobuf;stream=watch' };
const begun = performance.now();
http.get(`${url}/api/v1/pods?${query}`, { headers }, (response) => {
  let frames = 0;
  let bytes = 0;
  let rest;
  response.on('data', (chunk) => {
    bytes += chunk.length;
    const all = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (all.length - at >= 4) {
      const length = all.readUInt32BE(at);
      if (length > all.length - at - 4) break;
      frames++;
      if (length < 400 && all.includes('initial-events-end', at)) report();
      at += 4 + length;
    }
    rest = at < all.length ? all.subarray(at) : undefined;
  });
  function report() {
    const ms = Math.round(performance.now() - begun);
    console.log(
      JSON.stringify({ floor: 'protobuf', ms, frames, MiB: bytes >> 20, rssMB: process.memoryUsage().rss >> 20 }),
    );
    process.exit(0);
  }
});
