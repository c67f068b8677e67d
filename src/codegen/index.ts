export type { GeneratedFile } from './facts-files.js';
export { sourceFromFolder } from './from-folder.js';
export { type GenerateOptions, generateFiles } from './generate.js';
export { type ApiSource, CodegenError } from './source.js';
