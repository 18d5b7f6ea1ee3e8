// Exits as a command does that cannot write its output any more: poll(2) is under way on another thread.
import { libc } from '../../src/binding/libc.ts';
import { readable } from '../../src/binding/poll.ts';

void readable(libc().eventDescriptor(0, 0));
setTimeout(() => process.exit(7), 100);
