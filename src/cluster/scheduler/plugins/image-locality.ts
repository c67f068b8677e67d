import { maxScore, type Plugin } from '../plugin.js';

const mebibyte = 1024 * 1024;
/** Less than this on a node counts as nothing, and more than the most for each container counts no more. */
const least = 23 * mebibyte;
const mostForContainer = 1000 * mebibyte;

/** Prefers nodes that have the images of the pod, by size; less so if only few nodes have them, lest they get all pods. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  scorer({ images, containers }, cluster) {
    const known = images.map((image) => [image, cluster.nodesWithImage(image)] as const).filter(([, on]) => on > 0);
    if (known.length === 0) return undefined;
    const total = cluster.nodes.length;
    const most = mostForContainer * containers;
    return {
      score(node) {
        let sum = 0;
        for (const [image, on] of known) sum += Math.trunc((node.images.get(image) ?? 0) * (on / total));
        return Math.floor((maxScore * (Math.min(Math.max(sum, least), most) - least)) / (most - least));
      },
    };
  },
  mayHelp: () => false,
};
