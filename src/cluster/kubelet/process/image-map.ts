import { z } from 'zod';
import { ConfigError } from '../../../errors/index.js';
import { matchesImage } from '../runtime/image-pattern.js';

/** The program that stands for an image. */
export interface ImageProgram {
  /** The entry point and its first arguments. */
  readonly command: readonly string[];
  /** The arguments of a container that names none. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string | undefined;
}

const program = z.union([
  z.array(z.string()).min(1),
  z.strictObject({
    command: z.array(z.string()).min(1),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    workingDir: z.string().optional(),
  }),
]);
const schema = z.record(z.string(), program);

/** Maps image patterns such as `nginx:*` to programs of this machine. */
export class ImageMap {
  readonly #programs: readonly (readonly [pattern: string, program: ImageProgram])[];

  constructor(programs: Readonly<Record<string, ImageProgram>> = {}) {
    this.#programs = Object.entries(programs);
  }

  /** Reads a map from parsed JSON or YAML. Throws a `ConfigError` that names the file and the place. */
  static read(document: unknown, file: string): ImageMap {
    const parsed = schema.safeParse(document ?? {});
    if (!parsed.success) {
      throw new ConfigError(`cannot read the image map ${file}: ${z.prettifyError(parsed.error)}`);
    }
    const programs = Object.entries(parsed.data).map(([pattern, given]): [string, ImageProgram] => {
      const { command, args = [], env = {}, workingDir } = Array.isArray(given) ? { command: given } : given;
      return [pattern, { command, args, env, workingDir }];
    });
    return new ImageMap(Object.fromEntries(programs));
  }

  /** Returns the program of the first pattern that fits, or undefined. */
  find(image: string): ImageProgram | undefined {
    return this.#programs.find(([pattern]) => matchesImage(pattern, image))?.[1];
  }
}
