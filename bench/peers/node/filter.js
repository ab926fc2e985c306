// The same job in Node.js, as one would write it: a line at a time, output in pieces.
const fs = require('fs');
const readline = require('readline');

const output = fs.createWriteStream(process.argv[3]);
const lines = readline.createInterface({input: fs.createReadStream(process.argv[2]), crlfDelay: Infinity});
let piece = [];

function flush() {
  if (piece.length > 0) output.write(piece.join('\n') + '\n');
  piece = [];
}

lines.on('line', (line) => {
  const entry = JSON.parse(line);
  if (entry.status >= 500 || entry.request_time >= 0.5) {
    piece.push(JSON.stringify({
      time: entry.time, status: entry.status, took: entry.request_time, request: entry.method, uri: entry.uri,
    }));
    if (piece.length >= 1000) flush();
  }
});
lines.on('close', () => {
  flush();
  output.end();
});
