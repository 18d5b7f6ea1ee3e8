// Notes on what looks wrong in captures from veth and loopback, but is normal there, in words.
import { agree, byteSize, count } from '../../base/units.ts';
import type { Sentences } from './sentence.ts';

export const NORMAL: Sentences<'checksum-offload' | 'malformed' | 'segmentation-offload'> = {
  'checksum-offload': ({ packets }) =>
    `the ${agree(packets, 'checksum', 'checksums')} of ${count(packets, 'packet')} at the beginning ${agree(packets, 'is', 'are')} not computed yet: checksum offload, normal on veth and loopback`,
  malformed: ({ endpoint, segments }) =>
    `${count(segments, 'segment')} of ${endpoint} ${agree(segments, 'has', 'have')} a TCP header that is shorter than 20 bytes or longer than the segment: no host accepts ${agree(segments, 'it', 'them')}`,
  'segmentation-offload': ({ largest }) =>
    `segments of up to ${byteSize(largest)} are larger than the path takes: they are segmented later (GSO, TSO), or were merged on arrival (GRO); normal on veth and loopback`,
};
