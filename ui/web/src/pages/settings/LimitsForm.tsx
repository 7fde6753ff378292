import { useState } from 'preact/hooks';
import { api, explain } from '../../lib/api';
import type { Limits, PersonalData } from '../../lib/types';

type Bound = Exclude<keyof Limits, 'personal_data'>;

const bounds: [Bound, string][] = [
  ['samples_per_second', 'Samples a second'], ['requests_per_second', 'Requests a second'], ['max_active_series', 'Active series'], ['max_labels', 'Labels of a series'],
];
const personal: [PersonalData | '', string][] = [['', 'As for all projects'], ['keep', 'Keep it'], ['flag', 'Keep and flag it'], ['hash', 'Hash it'], ['drop', 'Drop it']];

/** What is no number goes as it is: the server says what is wrong with it. */
const numberIn = (text = ''): number | string | null => (text.trim() === '' ? null : Number.isFinite(Number(text)) ? Number(text) : text.trim());

const texts = (limits: Limits): Record<string, string> => Object.fromEntries(bounds.map(([name]) => [name, limits[name]?.toString() ?? '']));

interface Props {
  name: string;
  limits: Limits;
  effective: Limits;
  saved: () => void;
}

/** What a project may send. An empty field is the limit of all projects. */
export function LimitsForm({ name, limits, effective, saved }: Props) {
  const [values, setValues] = useState(texts(limits)), [data, setData] = useState<PersonalData | ''>(limits.personal_data ?? '');
  const [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const patch = Object.fromEntries(bounds.map(([bound]) => [bound, numberIn(values[bound])]));
      await api(`/api/app/projects/${name}`, { method: 'PATCH', body: { limits: { ...patch, personal_data: data || null } } });
      saved();
    } catch (cause) {
      setError(explain(cause).message);
    }
    setBusy(false);
  };
  return (
    <form class="limits" aria-label={`Limits of ${name}`} onSubmit={(event) => void submit(event)} noValidate>
      {bounds.map(([bound, text]) => (
        <label class="field" key={bound}><span>{text}</span>
          <input inputMode="numeric" value={values[bound]} placeholder={limits[bound] ? 'no limit' : effective[bound]?.toLocaleString('en-US') ?? 'no limit'} onInput={(event) => { setValues({ ...values, [bound]: event.currentTarget.value }); setError(''); }} />
        </label>
      ))}
      <label class="field"><span>Personal data in labels</span>
        <select value={data} onChange={(event) => setData(event.currentTarget.value as PersonalData | '')}>{personal.map(([id, text]) => <option key={id} value={id}>{text}</option>)}</select>
      </label>
      <button class="btn primary" disabled={busy}>Save limits</button>
      <p class="wrong" role="alert">{error}</p>
    </form>
  );
}
