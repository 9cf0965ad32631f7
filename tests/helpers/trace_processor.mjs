// Loads a trace into Perfetto's trace processor (its WebAssembly, under node) and runs queries.
// usage: node trace_processor.mjs WEB_FOLDER TRACE QUERY...
// Prints one line of base64 a query: every reply of the remote procedure call, one after another.
// On standard error: one JSON object with the seconds that reading took and the most memory the process had.
import vm from 'node:vm';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

const [folder, trace, ...queries] = process.argv.slice(2);
const APPEND = 1, FINALIZE = 2, QUERY = 3;

class XHR {
  open(method, url) { this.url = url; }
  send() { this.response = buffer(this.url); }
}
class WorkerGlobalScope {}

function buffer(name) {
  const bytes = readFileSync(join(folder, String(name).split('/').pop()));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

// The bundle expects the global scope of a web worker.
const replies = [];
const port = { postMessage: (message) => replies.push(Buffer.from(message)) };
const quiet = { log() {}, info() {}, debug() {}, warn() {}, error() {} };
const scope = {
  WorkerGlobalScope, XMLHttpRequest: XHR, console: quiet, setTimeout, clearTimeout, performance, TextDecoder,
  TextEncoder, URL, crypto: globalThis.crypto, importScripts() {},
  location: { href: 'http://localhost/engine_bundle.js' },
  fetch: async (url) => ({ ok: true, arrayBuffer: async () => buffer(url) }),
};
scope.self = scope;
scope.globalThis = scope;
vm.createContext(scope);
vm.runInContext(readFileSync(join(folder, 'engine_bundle.js'), 'utf8'), scope);
scope.onmessage({ data: port });

function varint(value) {
  const out = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(out);
}
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const message = (field, bytes) => Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);

let sequence = 0;
const Bytes = vm.runInContext('Uint8Array', scope);
function call(request, ...parts) {
  const framed = message(1, Buffer.concat([number(1, sequence++), number(2, request), ...parts]));
  const data = new Bytes(framed.length);
  data.set(framed);
  replies.length = 0;
  port.onmessage({ data });
  return Buffer.concat(replies);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
while (!port.onmessage) await pause(10);
await pause(300); // the compiled module starts in later tasks
// Chunks of a megabyte are read fastest.
const chunk = Buffer.alloc(1 << 20);
const file = openSync(trace);
const start = performance.now();
for (let size; (size = readSync(file, chunk)) > 0;) call(APPEND, message(101, chunk.subarray(0, size)));
call(FINALIZE);
const seconds = (performance.now() - start) / 1000;
closeSync(file);
const lines = queries.map((query) => call(QUERY, message(103, message(1, Buffer.from(query)))).toString('base64'));
const peak = process.resourceUsage().maxRSS * 1024;
process.stderr.write(`${JSON.stringify({ read_s: seconds, peak_bytes: peak })}\n`);
// The worker's timers would keep the process alive, and leaving at once would cut what a pipe has not taken yet.
process.stdout.write(lines.map((line) => `${line}\n`).join(''), () => process.exit(0));
