import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import { equal, type JsonObject } from '../../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, required } from '../../../object/field-error.js';
import type { ServerObject } from '../../../object/server-object.js';
import { nonNegative } from '../../../validation/value-problems.js';
import { indexesFault, overlapFault } from './job-indexes.js';

/** A job's state as its conditions tell it. */
interface JobState {
  readonly complete: boolean;
  readonly failed: boolean;
  readonly finished: boolean;
  readonly failing: boolean;
  readonly succeeding: boolean;
}

function stateOf(status: JsonObject): JobState {
  const holds = (type: string): boolean =>
    objectsOf(status.conditions).some((one) => one.type === type && one.status === 'True');
  const [complete, failed] = [holds('Complete'), holds('Failed')];
  return {
    complete,
    failed,
    finished: complete || failed,
    failing: holds('FailureTarget'),
    succeeding: holds('SuccessCriteriaMet'),
  };
}

/** Checks the status of a job that follows another: rules about fields that did not change are left alone. */
export function jobStatusProblems(job: ServerObject, old: ServerObject): FieldError[] {
  return new StatusCheck(fieldsOf(job.spec), fieldsOf(job.status), fieldsOf(old.status)).run();
}

class StatusCheck {
  readonly #errors: FieldError[] = [];
  readonly #now: JobState;
  readonly #before: JobState;

  constructor(
    private readonly spec: JsonObject,
    private readonly status: JsonObject,
    private readonly old: JsonObject,
  ) {
    this.#now = stateOf(status);
    this.#before = stateOf(old);
  }

  run(): FieldError[] {
    for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'])
      this.#errors.push(...nonNegative(`status.${field}`, this.status[field]));
    this.#checkUncounted();
    this.#checkCompletion();
    this.#checkEnd();
    this.#checkIndexes();
    this.#checkSuccess();
    this.#checkTransitions();
    return this.#errors;
  }

  #changed(...fields: readonly string[]): boolean {
    return fields.some((field) => !equal(this.status[field] ?? null, this.old[field] ?? null));
  }

  #differs(...parts: readonly (keyof JobState)[]): boolean {
    return parts.some((part) => this.#now[part] !== this.#before[part]);
  }

  #count(field: string): number {
    return numberOf(this.status[field]) ?? 0;
  }

  #complain(field: string, why: string, value: unknown = this.status[field] ?? null): void {
    this.#errors.push(invalidValue(`status.${field}`, value, why));
  }

  /** Complains about conditions, whose value errors leave out. */
  #refuse(why: string): void {
    this.#errors.push({ field: 'status.conditions', reason: 'FieldValueInvalid', message: `Invalid value: ${why}` });
  }

  #checkUncounted(): void {
    const seen = new Set<string>();
    const pods = fieldsOf(this.status.uncountedTerminatedPods);
    for (const list of ['succeeded', 'failed'])
      for (const [index, id] of listOf(pods[list]).map(textOf).entries()) {
        const at = `status.uncountedTerminatedPods.${list}[${index}]`;
        if (id === '') this.#errors.push(invalidValue(at, id, 'must not be empty'));
        else if (seen.has(id)) this.#errors.push(duplicate(at, id));
        seen.add(id);
      }
  }

  #checkCompletion(): void {
    const { complete, failed, failing } = this.#now;
    const [start, end] = [textOf(this.status.startTime), textOf(this.status.completionTime)];
    if (this.#differs('complete', 'failed') && complete && failed)
      this.#refuse('cannot set Complete=True and Failed=true conditions');
    if (this.#differs('complete', 'failing') && complete && failing)
      this.#refuse('cannot set Complete=True and FailureTarget=true conditions');
    const decides = this.#differs('complete') || this.#changed('completionTime');
    if (decides && end !== '' && !complete)
      this.#complain('completionTime', 'cannot set completionTime when there is no Complete=True condition');
    if (decides && end === '' && complete)
      this.#errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
    if (
      this.#changed('startTime', 'completionTime') &&
      start !== '' &&
      end !== '' &&
      Date.parse(end) < Date.parse(start)
    )
      this.#complain('completionTime', 'must be equal to or after `startTime`');
    if ((this.#differs('failed') || this.#changed('failedIndexes')) && failed && !failing)
      this.#refuse('cannot set Failed=True condition without the FailureTarget=true condition');
    if (this.#differs('complete', 'succeeding') && complete && !this.#now.succeeding)
      this.#refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }

  #checkEnd(): void {
    const { finished } = this.#now;
    const ends = this.#differs('finished');
    const { suspend, completions } = this.spec;
    if ((ends || this.#changed('active')) && this.#count('active') > 0 && finished)
      this.#complain('active', 'active>0 is invalid for finished job');
    const neverStarts = suspend === true && completions === 0;
    if ((ends || this.#changed('startTime')) && !neverStarts && finished && textOf(this.status.startTime) === '')
      this.#errors.push(required('status.startTime', 'startTime is required for finished job'));
    const { succeeded, failed } = fieldsOf(this.status.uncountedTerminatedPods);
    const isCounting = listOf(succeeded).length + listOf(failed).length > 0;
    if ((ends || this.#changed('uncountedTerminatedPods')) && finished && isCounting) {
      const shown = { Succeeded: succeeded ?? null, Failed: failed ?? null };
      this.#complain('uncountedTerminatedPods', 'must be empty for finished job', shown);
    }
  }

  #checkIndexes(): void {
    const { completions, backoffLimitPerIndex, completionMode } = this.spec;
    const [completed, failed] = [textOf(this.status.completedIndexes), this.status.failedIndexes];
    const most = numberOf(completions);
    const told = (field: string, text: string): void => {
      const fault = most === undefined ? undefined : indexesFault(text, most);
      if (fault !== undefined) this.#complain(field, `error parsing ${field}: ${fault}`, text);
    };
    const [done, lost] = [this.#changed('completedIndexes'), this.#changed('failedIndexes')];
    if (done) told('completedIndexes', completed);
    if (lost && typeof failed === 'string' && backoffLimitPerIndex !== undefined) told('failedIndexes', failed);
    if (done && completed !== '' && completionMode !== 'Indexed')
      this.#complain('completedIndexes', 'cannot set non-empty completedIndexes when non-indexed completion mode');
    if (lost && typeof failed === 'string' && backoffLimitPerIndex === undefined)
      this.#complain('failedIndexes', 'cannot set non-null failedIndexes when backoffLimitPerIndex is null');
    if ((done || lost) && typeof failed === 'string' && most !== undefined) {
      const fault = overlapFault(completed, failed, most);
      if (fault !== undefined) this.#complain('failedIndexes', fault, failed);
    }
    const { finished } = this.#now;
    if ((this.#differs('finished') || this.#changed('terminating')) && this.#count('terminating') > 0 && finished)
      this.#complain('terminating', 'terminating>0 is invalid for finished job');
    const ready = numberOf(this.status.ready);
    if (ready !== undefined && this.#changed('ready', 'active') && ready > this.#count('active'))
      this.#complain('ready', 'cannot set more ready pods than active');
  }

  #checkSuccess(): void {
    const { complete, failed, failing, succeeding } = this.#now;
    if (succeeding && failed) this.#refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
    if (succeeding && failing) this.#refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
    if (this.spec.successPolicy !== undefined && !succeeding && complete)
      this.#refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  }

  #checkTransitions(): void {
    const [now, before] = [this.#now, this.#before];
    const lasting = { Failed: 'failed', Complete: 'complete', FailureTarget: 'failing' } as const;
    for (const [type, part] of Object.entries(lasting))
      if (before[part] && !now[part]) this.#refuse(`cannot disable the terminal ${type}=True condition`);
    const { completionMode, completions, parallelism, suspend } = this.spec;
    if (this.#count('failed') < (numberOf(this.old.failed) ?? 0))
      this.#complain('failed', 'cannot decrease the failed counter', this.#count('failed'));
    const mayShrink = completionMode === 'Indexed' && completions === parallelism;
    if (!mayShrink && this.#count('succeeded') < (numberOf(this.old.succeeded) ?? 0))
      this.#complain('succeeded', 'cannot decrease the succeeded counter', this.#count('succeeded'));
    const ended = [this.status.completionTime, this.old.completionTime].every((time) => textOf(time) !== '');
    if (ended && this.#changed('completionTime')) this.#complain('completionTime', 'field is immutable');
    const is = (status: JsonObject, value: string): boolean =>
      objectsOf(status.conditions).some((one) => one.type === 'Suspended' && one.status === value);
    const resumes = is(this.old, 'True') && is(this.status, 'False');
    if (textOf(this.old.startTime) !== '' && this.#changed('startTime') && !resumes && suspend !== true)
      this.#complain('startTime', 'field is immutable for unsuspended job once set');
    if (before.succeeding && !now.succeeding) this.#refuse('cannot disable the SuccessCriteriaMet=True condition');
    if (before.complete && !before.succeeding && now.succeeding)
      this.#refuse('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
}
