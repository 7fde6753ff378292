import { useEffect, useRef, useState } from 'preact/hooks';
import { loadAlarms, rules, withFirstLevel } from '../../lib/alarms';
import { api, explain, needs } from '../../lib/api';
import { useList } from '../../lib/hooks';
import { guardLeaving, navigate, search } from '../../lib/router';
import type { Channel, Metric, Rule } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { commandKey, Shell } from '../../parts/Shell';
import { draftFromSearch, draftOf, nameOf, save, wrongWith, type Draft } from './draft';
import { AlarmSentence } from './AlarmSentence';
import { AlarmChart, type Drawn } from './AlarmChart';
import { AlarmSide } from './AlarmSide';
import { Heights } from './Heights';
import { paceOf } from './known';

interface EditorProps { id: string | null; first: Draft; rule: Rule | null }

function useSaving(id: string | null, draft: Draft) {
  const [error, setError] = useState<{ message: string; hint: string } | null>(null), [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    const wrong = wrongWith(draft);
    if (wrong) return setError({ message: wrong, hint: '' });
    setBusy(true);
    try {
      await save(id, draft);
      guardLeaving(null);
      await loadAlarms();
      navigate('/alerts/rules');
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
    }
  };
  return { error, setError, busy, run };
}

function Editor({ id, first, rule }: EditorProps) {
  const [draft, setDraft] = useState(first);
  const saving = useSaving(id, draft);
  const metrics = useList<Metric>('/api/app/metrics', 0).data ?? [];
  const channels = useList<Channel>('/api/app/channels', 0);
  const changed = useRef(false), [drawn, setDrawn] = useState<Drawn>({ frame: null, pace: paceOf(0), normal: null, deploy: null });
  const change = (part: Partial<Draft>): void => {
    changed.current = true;
    saving.setError(null);
    setDraft((before) => ({ ...before, ...part }));
  };
  useEffect(() => {
    guardLeaving(() => !changed.current || window.confirm('This alarm is changed and not saved. Leave it?'));
    const unload = (event: BeforeUnloadEvent): void => { if (changed.current) event.preventDefault(); };
    window.addEventListener('beforeunload', unload);
    return () => { guardLeaving(null); window.removeEventListener('beforeunload', unload); };
  }, []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 's' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      void saving.run();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });
  const actions = (
    <>
      <a class="btn ghost" href="/alerts/rules">Cancel</a>
      <button type="button" class="btn primary" {...needs('edit', saving.busy)} onClick={() => void saving.run()}>{saving.busy ? 'Saving' : 'Save alarm'}<kbd class="not-phone" aria-hidden="true">{commandKey}S</kbd></button>
    </>
  );
  return (
    <Shell title={id === null ? 'New alarm' : draft.name || nameOf(draft)} parent={{ title: 'Alerts', href: '/alerts/rules' }} actions={actions}>
      <AlarmSentence draft={draft} change={change} metrics={metrics} channels={channels.data ?? []} />
      {rule?.provisioned && <p class="hint">This alarm comes from a file of the folder that Plimsoll was started with; it is changed there.</p>}
      {saving.error && <Trouble error={saving.error} />}
      {rule?.error && !changed.current && <Trouble error={{ message: `It cannot be evaluated: ${rule.error}`, hint: '' }} />}
      <div class="editor">
        {draft.expr.trim() ? <AlarmChart id={id} draft={draft} change={change} suggest={(part) => setDraft((before) => ({ ...before, ...part }))} drawn={setDrawn} /> : <div class="card pad"><p class="empty">Choose a metric, and its last days show here with the line to drag.</p></div>}
        <div class="editor-side">
          {draft.expr.trim() && <Heights frame={drawn.frame} pace={drawn.pace} draft={draft} change={change} />}
          <AlarmSide id={id} drawn={drawn} draft={draft} change={change} channels={channels.data} made={({ id: channel }) => { channels.reload(); change({ channels: [...draft.channels, channel] }); }} />
        </div>
      </div>
    </Shell>
  );
}

/** Writing an alarm, or changing one. */
export function AlarmPage({ id }: { id: string | null }) {
  const [rule, setRule] = useState<Rule | null>(rules.value?.find((each) => each.id === id) ?? null);
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const load = async (): Promise<void> => {
    try {
      setRule(withFirstLevel(await api<Rule>(`/api/app/rules/${encodeURIComponent(id!)}`)));
      setError(null);
    } catch (cause) {
      setError(explain(cause));
    }
  };
  useEffect(() => { if (id !== null && !rule) void load(); }, []);
  if (id === null) return <Editor id={null} first={draftFromSearch(search.value)} rule={null} />;
  if (rule) return <Editor id={id} first={draftOf(rule)} rule={rule} />;
  return <Shell title="Alarm" parent={{ title: 'Alerts', href: '/alerts/rules' }}>{error && <Trouble error={error} retry={() => void load()} />}</Shell>;
}
