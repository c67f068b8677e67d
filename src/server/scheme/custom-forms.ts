import { Quantity } from '../../meta/index.js';
import { isObject } from '../patch/json-value.js';

/** A value that does not fit its field, in Go's words. */
export class DecodeProblem extends Error {
  override readonly name = 'DecodeProblem';
}
