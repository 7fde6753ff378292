import { Trouble } from '../../parts/Sentence';

/** A PromQL error, with the place that it names underlined. */
export function QueryError({ expr, error, retry }: { expr: string; error: { message: string; hint: string }; retry: () => void }) {
  const place = /(\d+):(\d+): (?:parse error: )?(.*)/s.exec(error.message);
  if (!place) return <Trouble error={error} retry={retry} />;
  const line = expr.split('\n')[Number(place[1]) - 1] ?? '', named = Number(place[2]) - 1;
  // A parenthesis too many is told at the place behind it: a blank there stands for what comes before.
  const column = line[named] === ' ' ? Math.max(0, line.slice(0, named).trimEnd().length - 1) : named;
  const end = Math.max(column + 1, column + (/^[\w:]+/.exec(line.slice(column))?.[0].length ?? 1));
  return (
    <div class="trouble query-error" role="alert">
      <pre>{line.slice(0, column)}<u>{line.slice(column, end) || ' '}</u>{line.slice(end)}</pre>
      <p>{place[3]}{error.hint && <span class="mut"> {error.hint}</span>}</p>
    </div>
  );
}
