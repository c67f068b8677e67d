/** The annotation of static pods, which a node runs by itself and only mirrors in the API. */
export const mirrorAnnotation = 'kubernetes.io/config\x2emirror';
