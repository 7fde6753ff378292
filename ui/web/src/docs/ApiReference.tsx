import { useMemo, useState } from 'preact/hooks';
import { api } from '../lib/api';
import { plural } from '../lib/format';
import { useLoad } from '../lib/hooks';
import { Trouble } from '../parts/Sentence';
import { Snippet } from './Blocks';
import { curlOf, fits, groupsOf, type OpenApi, type Operation } from './openapi';

const roleWords: Record<string, string> = { public: 'anyone', appliance: 'admin of the appliance' };

/** Code between backticks stands apart in what a route says of itself. */
const words = (text: string) => text.split('`').map((piece, i) => (i % 2 ? <code key={i}>{piece}</code> : piece));

function Arguments({ parameters }: Pick<Operation, 'parameters'>) {
  return (
    <dl class="arguments">{parameters.map(({ name, description, required, ...each }) => (
      <div key={name}><dt><code>{name}</code>{each.in === 'path' ? <span class="mut"> in the path</span> : required ? <span class="mut"> needed</span> : null}</dt><dd>{words(description ?? '')}</dd></div>
    ))}</dl>
  );
}

function Details({ operation }: { operation: Operation }) {
  const { text, parameters, bodies, answers } = operation;
  return (
    <div class="operation-body">
      {text && <p>{words(text)}</p>}
      {parameters.length > 0 && <Arguments parameters={parameters} />}
      <Snippet text={curlOf(operation)} name={`${operation.method} ${operation.path} with curl`} />
      {bodies.length > 1 && <p class="mut">Also as {bodies.slice(1).map(({ type }) => type).join(', ')}.</p>}
      {answers.map(({ status, text: said, type, example }) => (
        <div key={status}>
          <p><b class="num">{status}</b> {words(said)}{type && type !== 'application/json' && <span class="mut"> {type}</span>}</p>
          {example && <pre class="code" tabIndex={0} role="group" aria-label={`Answer ${status}`}>{example}</pre>}
        </div>
      ))}
    </div>
  );
}

function Row({ operation, isOpen }: { operation: Operation; isOpen: boolean }) {
  const [open, setOpen] = useState(isOpen);
  const { id, method, path, summary, role } = operation;
  return (
    <details class="operation" id={`d-${id}`} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><span class="verb mono">{method}</span><code>{path}</code><span class="said">{summary}</span><span class="tag">{roleWords[role] ?? role}</span></summary>
      {open && <Details operation={operation} />}
    </details>
  );
}

/** Every route of this appliance, made from what it says of itself. */
export function ApiReference() {
  const { data, error, reload } = useLoad(() => api<OpenApi>('/api/openapi.json'), 0);
  const [query, setQuery] = useState('');
  const groups = useMemo(() => (data ? groupsOf(data) : []), [data]);
  const shown = groups.map(([name, all]) => [name, all.filter((each) => fits(each, query))] as const).filter(([, all]) => all.length > 0);
  const count = shown.reduce((sum, [, all]) => sum + all.length, 0);
  return (
    <>
      <p>Each route tells who may call it. A key goes into the header <code>Authorization: Bearer</code>; on this machine none is needed until a password is set. Errors are JSON: <code>{'{"error":{"code","message","hint"}}'}</code>. The document itself is at <a href="/api/openapi.json" target="_blank" rel="noreferrer">/api/openapi.json</a>.</p>
      <input class="doc-search" type="search" value={query} placeholder="Path, method, role or word" aria-label="Search the routes" onInput={(event) => setQuery(event.currentTarget.value)} />
      <p class="mut small-text" role="status">{data ? plural(count, 'route') : ''}</p>
      {error && <Trouble error={error} retry={reload} />}
      {data && count === 0 && <p class="empty">No route has “{query}”.</p>}
      {shown.map(([name, all]) => <section key={name} aria-label={name}><h3>{name}</h3>{all.map((each) => <Row key={each.id} operation={each} isOpen={window.location.hash === `#d-${each.id}`} />)}</section>)}
    </>
  );
}
