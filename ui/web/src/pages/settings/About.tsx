import type { ComponentChildren } from 'preact';
import { applianceFigures, session } from '../../lib/api';
import { format, lasting } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import type { Storage } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';

const databases: Record<string, string> = { sqlite: 'SQLite, in the data directory', postgresql: 'PostgreSQL', memory: 'Memory: nothing survives a restart' };

/** What is in the program and the page, and under which licence each part came. */
const parts: [string, string][] = [
  ['Qt 6: Core, Network, HttpServer, Sql, Charts, Widgets', 'GPL-3.0'], ['QCoro', 'MIT'], ['SQLite', 'public domain'], ['libpq', 'PostgreSQL'], ['simdjson', 'Apache-2.0'], ['protozero', 'BSD-2-Clause'],
  ['RE2', 'BSD-3-Clause'], ['CRoaring', 'Apache-2.0'], ['zstd, Snappy', 'BSD-3-Clause'], ['zlib', 'zlib'], ['libdeflate', 'MIT'], ['xxHash', 'BSD-2-Clause'], ['libsodium', 'ISC'], ['libcurl', 'curl'], ['yaml-cpp', 'MIT'],
  ['Preact, Preact Signals', 'MIT'], ['uPlot', 'MIT'],
];

/** This appliance, and what it is made of. */
export function About() {
  const { data, error, reload } = useLoad(applianceFigures<Storage & { data_directory: string; database: string; chunk_bytes: number }>, 30_000);
  const here = session.value;
  const facts: [string, ComponentChildren][] = [
    ['Version', here?.version ?? '–'], ['Runs on', here?.host ?? '–'], ['Since', here ? <><Time ms={here.started_ms} />, {lasting(Date.now() - here.started_ms)}</> : '–'],
    ['Data directory', data?.data_directory || '–'], ['Database', data ? databases[data.database] ?? data.database : '–'], ['Stored', data ? format(data.chunk_bytes, { kind: 'bytes' }) : '–'],
  ];
  return (
    <section class="narrow" aria-label="About">
      {error && <Trouble error={error} retry={reload} />}
      <div class="card pad"><h2>This appliance</h2><dl class="facts">{facts.map(([name, what]) => <div key={name}><dt>{name}</dt><dd class="num">{what}</dd></div>)}</dl></div>
      <div class="card pad">
        <h2>Licence</h2>
        <p>Plimsoll is free software under GPL-3.0-or-later. The client that apps import and every snippet of the docs are Apache-2.0. It comes without warranty.</p>
        <p><a class="link" href="/docs">Docs</a> · <a class="link" href="/docs/api">API reference</a> · <a class="link" href="/docs/privacy">Privacy</a> · <a class="link" href="/welcome">First run</a></p>
      </div>
      <div class="card pad"><h2>Made with</h2><dl class="facts">{parts.map(([name, licence]) => <div key={name}><dt>{name}</dt><dd>{licence}</dd></div>)}</dl></div>
    </section>
  );
}
