// Passes HTTP on, and loses every nth reply to an INSERT: what was asked has been done, and nobody hears of it.
//   node losing-proxy.mjs HOST PORT EVERY
import { createServer, request } from 'node:http';

const [host, port, every] = process.argv.slice(2);
let inserts = 0;
createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const passed = request({ host, port, method, path: url, headers }, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => {
      if (url.includes('INSERT') && ++inserts % Number(every) === 0) incoming.socket.destroy();
      else outgoing.writeHead(answer.statusCode, { 'Content-Type': 'text/plain' }).end(Buffer.concat(chunks));
    });
    answer.on('error', () => incoming.socket.destroy());
  });
  passed.on('error', () => incoming.socket.destroy());
  incoming.pipe(passed);
}).listen(Number(8123), '0.0.0.0');
