// The facts of a PNG, from a full read: signature, every chunk's CRC, and as many pixels as its head says.
import { crc32, inflateSync } from 'node:zlib';

const colours = { 0: ['grey', 1], 2: ['rgb', 3] };

export function png_facts(bytes) {
  if (bytes.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('not a PNG');
  const data = [];
  let head;
  let kind;
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    kind = bytes.toString('latin1', at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (crc32 && crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length)) throw new Error(`bad CRC of ${kind}`);
    if (kind === 'IHDR') head = { width: content.readUInt32BE(0), height: content.readUInt32BE(4), depth: content[8], type: content[9] };
    if (kind === 'IDAT') data.push(content);
    at += 12 + length;
  }
  if (kind !== 'IEND' || head.depth !== 8 || !colours[head.type]) throw new Error('an unexpected PNG');
  const [colour, channels] = colours[head.type];
  const pixels = inflateSync(Buffer.concat(data));
  if (pixels.length !== head.height * (1 + head.width * channels)) throw new Error('not as many pixels as the head says');
  return { width: head.width, height: head.height, colour };
}
