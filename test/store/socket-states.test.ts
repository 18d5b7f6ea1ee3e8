// Samples of sockets as cells of the interval that they hold for.
import { expect, test } from 'vitest';
import { SocketStates } from '../../src/store/socket-states.ts';

const [A, B] = ['10.0.0.1:5000', '[2001:db8::1]:80'];

test('the latest of an interval holds until another is sampled, and never for a connection that begins later', () => {
  const states = new SocketStates(10);
  for (const [time, cwnd] of [
    [101, 10],
    [109.9, 12],
    [125, 7],
  ] as const)
    states.add({ time, local: A, remote: B, numbers: { cwnd, rtt: 250 } });
  expect(states.cells(A, B, 9, 90)).toBeUndefined();
  expect(states.cells(A, B, 10, 90)).toMatchObject({ cwnd: 12, srtt: 250_000 });
  expect(states.cells(A, B, 11, 90), 'nothing has changed').toMatchObject({ cwnd: 12 });
  expect(states.cells(A, B, 12, 90)).toMatchObject({ cwnd: 7 });
  expect(states.cells(A, B, 12, 126)).toBeUndefined();
  expect(states.cells(B, A, 12, 90), 'the other end').toBeUndefined();
  states.forget(B, A);
  expect(states.size).toBe(0);
});

test('times are in nanoseconds, of which the kernel says microseconds', () => {
  const states = new SocketStates(10);
  const numbers = {
    rtt: 1,
    rttvar: 2,
    minrtt: 3,
    busy: 4,
    rwnd_limited: 5,
    sndbuf_limited: 6,
    total_retrans: 7,
  };
  states.add({ time: 1, local: A, remote: B, numbers });
  expect(states.cells(A, B, 0, 0)).toMatchObject({
    srtt: 1000,
    rttvar: 2000,
    kernel_rtt_min: 3000,
    busy_time: 4000,
    receive_window_limited: 5000,
    send_buffer_limited: 6000,
    kernel_retransmissions: 7,
  });
});

test('what the kernel does not know is NULL', () => {
  const states = new SocketStates(10);
  const numbers = { ssthresh: 0x7fff_ffff, minrtt: 0xffff_ffff, pacing_rate: 2 ** 64, cwnd: 10 };
  states.add({ time: 1, local: A, remote: B, numbers });
  expect(states.cells(A, B, 0, 0)).toMatchObject({
    ssthresh: null,
    kernel_rtt_min: null,
    pacing_rate: null,
    srtt: null,
    cwnd: 10,
  });
});

test('memory does not grow with the number of sockets or of samples', () => {
  const states = new SocketStates(10);
  for (let i = 0; i < 30_000; i++) states.add({ time: i, local: `h:${i}`, remote: B, numbers: {} });
  expect(states.size).toBe(20_000);
  expect(states.cells('h:0', B, 0, 0), 'the oldest is given up').toBeUndefined();
});
