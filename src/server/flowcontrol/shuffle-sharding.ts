import { createHash } from 'node:crypto';

/**
 * Deals the queues of a flow: `handSize` different numbers below `queues`, always the same for the same name. Two flows seldom
 * have all their queues in common.
 */
export function dealHand(flow: string, queues: number, handSize: number): readonly number[] {
  let left = createHash('sha256').update(flow).digest().readBigUInt64LE();
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt++) {
    const rest = BigInt(queues - dealt);
    let card = Number(left % rest);
    left /= rest;
    // The card is counted among those that are left: step over the ones that are in the hand.
    for (const taken of hand.toSorted((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}
