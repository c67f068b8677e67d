import { useState } from 'preact/hooks';
import { canI, type Grant, myRights, whoCan } from '../data/access.js';
import { messageOf } from '../data/api.js';
import { Badge, Card, Empty, Field, Loading, Notice, PlainTable } from '../parts/basics.js';
import { useLoaded } from '../parts/hooks.js';
import { namespace } from '../router.js';
import { api, context, kinds, user } from '../state.js';

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'escalate',
  'bind',
];

interface Answer {
  readonly question: string;
  readonly mine: boolean;
  readonly grants: readonly Grant[];
  readonly error: string;
}

/** The page that tells which users and groups may do something. */
export function AccessPage() {
  const [verb, setVerb] = useState('get');
  const [resource, setResource] = useState('pods.');
  const [name, setName] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const ns = namespace.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    const dot = resource.indexOf('.');
    const question = { verb, resource: resource.slice(0, dot), group: resource.slice(dot + 1), namespace: ns, name };
    const mine = await canI(api.value, question).catch(() => false);
    const text = `${verb} ${question.resource}${name === '' ? '' : ` ${name}`} in ${ns ?? 'all namespaces'}`;
    try {
      setAnswer({ question: text, mine, grants: await whoCan(api.value, kinds.value, question), error: '' });
    } catch (error) {
      setAnswer({ question: text, mine, grants: [], error: messageOf(error) });
    }
  };
  const resources = kinds.value
    .flatMap(({ plural, group, subresources }) =>
      [plural, ...subresources.map((one) => `${plural}/${one}`)].map((path) => `${path}.${group}`),
    )
    .sort();
  return (
    <>
      <header class="page-head">
        <h1>Who can</h1>
        <span class="muted">by the roles and bindings of RBAC, in {ns ?? 'all namespaces'}</span>
      </header>
      <form class="card ask" onSubmit={(event) => void submit(event)}>
        <Field label="Verb">
          {(attributes) => (
            <select {...attributes} value={verb} onChange={(event) => setVerb(event.currentTarget.value)}>
              {verbs.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Resource">
          {(attributes) => (
            <select {...attributes} value={resource} onChange={(event) => setResource(event.currentTarget.value)}>
              {resources.map((one) => (
                <option key={one} value={one}>
                  {one.replace(/\.$/, '')}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Name (optional)">
          {(attributes) => (
            <input {...attributes} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          )}
        </Field>
        <button type="submit" class="button primary">
          Find
        </button>
      </form>
      {answer !== undefined && <Found answer={answer} />}
      <MyRights key={`${context.value}/${ns}`} namespace={ns ?? 'default'} />
    </>
  );
}

function Found({ answer: { question, mine, grants, error } }: { answer: Answer }) {
  return (
    <Card
      title={`Who can ${question}`}
      actions={<Badge tone={mine ? 'ok' : 'quiet'}>{mine ? 'You can' : 'You cannot'}</Badge>}
    >
      {error !== '' ? (
        <Notice tone="warn" title="You cannot read roles and bindings here">
          {error}
        </Notice>
      ) : grants.length === 0 ? (
        <Empty title="No binding allows it" />
      ) : (
        <PlainTable
          label="Subjects"
          columns={['Kind', 'Subject', 'Through', 'Role']}
          rows={grants.map(({ subjectKind, subject, binding, role }, index) => ({
            key: String(index),
            cells: [subjectKind, <strong key="subject">{subject}</strong>, binding, role],
          }))}
        />
      )}
    </Card>
  );
}

function MyRights({ namespace: ns }: { namespace: string }) {
  const { value, error } = useLoaded(ns, () => myRights(api.value, ns));
  return (
    <Card title={`What ${user.value.username || 'you'} can do in ${ns}`}>
      {user.value.groups.length > 0 && <p class="muted">Groups: {user.value.groups.join(', ')}</p>}
      {error !== '' && (
        <Notice tone="warn" title="The server does not tell">
          {error}
        </Notice>
      )}
      {value === undefined && error === '' && <Loading />}
      {value !== undefined && (
        <PlainTable
          label="Rights"
          columns={['Resources', 'Verbs', 'Names']}
          rows={value.map(({ resources, verbs: allowed, names }, index) => ({
            key: String(index),
            cells: [resources || '–', allowed, names || 'any'],
          }))}
        />
      )}
    </Card>
  );
}
