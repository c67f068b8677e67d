import type { IncomingMessage } from 'node:http';

const mostBytes = 50_000;

/** Reads the text of an error response. The end of a long one is dropped. */
export async function limitedText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= mostBytes) break;
    }
  } catch {
    // The text that came has to do.
  }
  message.destroy();
  return Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8');
}
