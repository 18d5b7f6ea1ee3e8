// Many short connections, as a web server has them. Processes of their own, one a side:
//   short serve          answers requests until it is killed, and says when it listens
//   short ask ADDRESS    asks again and again, some connections at a time, until it is killed
import { connect, createServer } from 'node:net';

/** Several ports, for a client that has used an address, a port and a port must wait before it does so again. */
const PORTS = Array.from({ length: 8 }, (_, i) => 8001 + i);
const AT_ONCE = 400;
const REQUEST = Buffer.alloc(300, 'q');
/** Sizes of answers: pages, icons, scripts, pictures. */
const SIZES = [200, 900, 2_500, 6_000, 14_000, 40_000];
const ANSWERS = SIZES.map((size) => Buffer.alloc(size, 'a'));

function serve(): void {
  let answered = 0;
  let listening = 0;
  for (const port of PORTS) {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end(ANSWERS[answered++ % ANSWERS.length]));
      // Where the network loses packets, some connections break.
      socket.on('error', () => socket.destroy());
    });
    server.listen(port, '0.0.0.0', 1024, () => {
      if (++listening === PORTS.length) process.stdout.write('listening\n');
    });
  }
}

function ask(address: string, number: number): void {
  const socket = connect(PORTS[number % PORTS.length], address, () => socket.write(REQUEST));
  socket.resume();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => ask(address, number + AT_ONCE));
}

const [, , mode, address] = process.argv;
if (mode === 'serve') serve();
else for (let i = 0; i < AT_ONCE; i++) ask(address, i);
