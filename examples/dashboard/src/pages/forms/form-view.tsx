import { Field } from '../../parts/basics.js';
import type { Form, FormField, FormValues } from './form.js';

/** Returns what is wrong with each value; empty if nothing is. */
export function problemsOf(form: Form, values: FormValues): { [name: string]: string } {
  const problems: { [name: string]: string } = {};
  for (const { name, required, check } of form.fields) {
    const value = (values[name] ?? '').trim();
    const problem = value === '' ? (required === true ? 'This is needed' : undefined) : check?.(value);
    if (problem !== undefined) problems[name] = problem;
  }
  return problems;
}

/** The inputs of a form. */
export function FormView({
  form,
  values,
  problems,
  isNew,
  onChange,
}: {
  form: Form;
  values: FormValues;
  problems: { readonly [name: string]: string };
  isNew: boolean;
  onChange: (values: FormValues) => void;
}) {
  return (
    <div class="form-grid">
      {form.fields.map((field) => (
        <Field key={field.name} label={field.label} hint={field.hint} error={problems[field.name]}>
          {(attributes) => (
            <Input
              field={field}
              attributes={{
                ...attributes,
                required: field.required === true,
                disabled: field.fixed === true && !isNew,
              }}
              value={values[field.name] ?? ''}
              onInput={(value) => onChange({ ...values, [field.name]: value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

function Input({
  field,
  attributes,
  value,
  onInput,
}: {
  field: FormField;
  attributes: { id: string; required: boolean; disabled: boolean };
  value: string;
  onInput: (value: string) => void;
}) {
  if (field.type === 'choice')
    return (
      <select {...attributes} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
        {field.choices?.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  if (field.type === 'lines')
    return (
      <textarea
        {...attributes}
        rows={2}
        value={value}
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    );
  return (
    <input
      {...attributes}
      inputMode={field.type === 'number' ? 'numeric' : 'text'}
      autocomplete="off"
      spellcheck={false}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}
