// Kinds that the published wire facts leave out: those that travel as parameters or as reviews, and discovery.
// The same form as the files of generated/facts/wire/: [name, type, number, flags?].
const typeMeta = [
  ['kind', 'string', 0, 'o'],
  ['apiVersion', 'string', 0, 'o'],
];

export const furtherKinds = {};

export const furtherTypes = {};
void typeMeta;
